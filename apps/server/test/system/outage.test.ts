import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  FleetProcess,
  freeTcpPort,
  NatsServer,
  PostgresServer,
  TestApi,
  type TestGuest,
  WebSocketListener,
} from "@rostra/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

// A fleet of two controls whose PostgreSQL is gone: people go on, controls end, at last every process
// does. What was answered with yes is in the tables when the database is back, and old news change nothing.

const WITHIN = { timeout: 20_000, interval: 50 };

let folder: string;
let nats: NatsServer;
let postgres: PostgresServer;
let edgePort: number;
let api: TestApi;
const processes = new Map<string, FleetProcess>();

/** Each has a folder of its own, as on a machine of its own. */
async function start(name: string): Promise<void> {
  const role = name.split("-")[0] as "control" | "stage" | "edge";
  const env = {
    ROSTRA_NATS_URLS: nats.url,
    ROSTRA_DATABASE_URL: postgres.url,
    ROSTRA_DATA: join(folder, name),
    ROSTRA_NAME: name,
    ROSTRA_LOG_LEVEL: "warn",
    PORT: String(edgePort),
  };
  processes.set(name, await FleetProcess.start(role, env));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rostra-outage-"));
  [nats, postgres, edgePort] = await Promise.all([
    NatsServer.start(),
    PostgresServer.start(),
    freeTcpPort(),
  ]);
  api = new TestApi(`http://127.0.0.1:${edgePort}`);
  await Promise.all(["control-1", "control-2", "stage-1", "edge-1"].map(start));
});

afterAll(async () => {
  await Promise.all([...processes.values()].map((each) => each.kill()));
  await Promise.all([nats.stop(), postgres.stop()]);
  await rm(folder, { recursive: true });
});

/** What is written: the title, then who is on stage as what, those who are muted with a small letter. */
async function written(id: string): Promise<string> {
  const query = `select s.title || ': ' || string_agg(
      case when m.muted then lower(m.display_name) else m.display_name end || ' ' || m.role
        || case when m.mic_locked then ' locked' else '' end, ', ' order by m.display_name)
    from spaces s join stage_members m on m.space_id = s.id where s.id = '${id}' group by s.title`;
  return (await promisify(execFile)("psql", [postgres.url, "-qtAc", query])).stdout.trim();
}

async function journalOf(control: string): Promise<string> {
  return readFile(join(folder, control, `journal-${control}.log`), "utf8");
}

const title = (as: TestGuest, id: string, text: string) =>
  api.call("PATCH", `/spaces/${id}`, as.token, { title: text });

it("loses nothing that was answered while the database was down, whoever of the fleet ends meanwhile", async () => {
  const [ada, bob, cy] = await Promise.all(["Ada", "Bob", "Cy"].map((name) => api.guest(name)));
  const { id } = await api.openSpace(ada!, "Before");
  await api.goLive(ada!, id);
  await api.inviteByName(ada!, id, bob!);
  await api.acceptInvitation(bob!, id);
  const heard = new WebSocketListener(`http://127.0.0.1:${edgePort}`, id);
  await expect.poll(() => heard.latestFrame, WITHIN).toBeDefined();
  heard.forget();

  await postgres.kill();
  // Whichever control the edge asks: the other one decides for it.
  for (let count = 0; count < 4; count += 1) await title(ada!, id, `Without ${count}`);
  await api.setMuted(ada!, id, bob!, true);
  await api.setMuted(bob!, id, bob!, false);
  await api.inviteByName(ada!, id, cy!, "cohost");
  await api.acceptInvitation(cy!, id);
  const joined = new WebSocketListener(`http://127.0.0.1:${edgePort}`, id);
  await expect.poll(() => joined.latestFrame, WITHIN).toBeDefined();
  await processes.get("control-1")!.kill();
  // From where the dead one was: by the other, as soon as it is known to be the only one.
  await expect.poll(() => title(cy!, id, "After one").then(() => "ok", String), WITHIN).toBe("ok");
  await api.changeMember(cy!, id, bob!, { micLocked: true });
  // Both had all of it on disk before that.
  expect(await journalOf("control-1")).toContain("Without 3");
  expect(await journalOf("control-2")).toContain("After one");
  await postgres.restart();
  await expect
    .poll(() => written(id), WITHIN)
    .toBe("After one: Ada host, bob speaker locked, Cy cohost");
  await expect.poll(() => journalOf("control-2"), WITHIN).toBe("");
  await start("control-1");

  // The second time nobody lives to see the database again.
  await postgres.kill();
  await api.changeMember(cy!, id, bob!, { micLocked: false });
  await api.setMuted(bob!, id, bob!, false);
  await api.setMuted(ada!, id, cy!, true);
  await title(ada!, id, "Last words");
  expect([heard.missing, heard.closeCode, joined.closeCode]).toEqual([[], undefined, undefined]);
  heard.close();
  joined.close();
  await Promise.all([...processes.values()].map((each) => each.kill()));
  await nats.kill();
  const old = join(folder, "old");
  await copyFile(join(folder, "control-1", "journal-control-1.log"), old);
  await Promise.all([nats.restart(), postgres.restart()]);
  expect(await written(id)).toMatch(/^After one: .+ locked/);
  // Only the machine whose control decided nothing is back: it had heard all of it.
  await Promise.all(["control-2", "edge-1"].map(start));
  const whole = "Last words: Ada host, Bob speaker, cy cohost";
  await expect.poll(() => written(id), WITHIN).toBe(whole);

  // What the first machine still has is written already: what was changed since stands.
  await api.setMuted(cy!, id, cy!, false);
  await title(cy!, id, "Since");
  // A copy of it, too, as of a control that had another name.
  await copyFile(old, join(folder, "control-1", "journal-gone.log"));
  await start("control-1");
  expect(await journalOf("control-1")).toBe("");
  expect(await written(id)).toBe("Since: Ada host, Bob speaker, Cy cohost");
}, 90_000);
