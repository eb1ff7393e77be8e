import { type PostgresTrial, tryPostgres } from "@rostra/control";
import { type Finding, ok, unlessRefused, warning, wrong } from "../finding.ts";
import { clockFinding } from "./clock.ts";

const FAR_MS = 20;

/** Whether PostgreSQL lets us in, has tables that we know, and keeps what it has confirmed. */
export async function checkPostgres(url: string): Promise<Finding[]> {
  const more: Finding[] = [];
  const first = await unlessRefused("PostgreSQL", async () => {
    const trial = await tryPostgres(url);
    const { version, roundTripMs, aheadMs, fsync, synchronousCommit } = trial;
    more.push(clockFinding("PostgreSQL", aheadMs, roundTripMs));
    more.push(schemaFinding(trial));
    if (!fsync) {
      const text = "fsync is off: spaces may be lost with the power; set fsync = on";
      more.push(wrong("PostgreSQL fsync", text));
    }
    if (synchronousCommit === "off") {
      const text = "synchronous_commit is off: what was confirmed may be lost; set it to on";
      more.push(warning("PostgreSQL commit", text));
    }
    const summary = `${version}, ${roundTripMs.toFixed(1)} ms away`;
    if (roundTripMs < FAR_MS) return summary;
    return warning("PostgreSQL", `${summary}: each change waits several times for that`);
  });
  return [first, ...more];
}

function schemaFinding({ schema, mayMakeTables }: PostgresTrial): Finding {
  const check = "PostgreSQL schema";
  const { found, known } = schema;
  if ((found ?? 0) < known && !mayMakeTables) {
    return wrong(check, "this user may not make tables there: make it the database's owner");
  }
  if (found === null) return ok(check, "no tables yet: the first control makes them");
  if (found > known) {
    return wrong(check, `${found}, but this Rostra knows ${known}: update Rostra on this machine`);
  }
  if (found < known) return ok(check, `${found}: the next control brings it to ${known}`);
  return ok(check, String(found));
}
