import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nearestSetting, SETTINGS, unknownSettings } from "./settings.ts";

const SOURCES = fileURLToPath(new URL(".", import.meta.url));
const HOSTING = fileURLToPath(new URL("../../../docs/hosting/README.md", import.meta.url));
/** Said by the supervisor to the processes that it starts. */
const INTERNAL = ["ROSTRA_RELAY", "ROSTRA_ROLE"];

describe("the settings", () => {
  it("are all that the sources read, and nothing else", () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" });
    const sources = files.filter((name) => /(?<!\.test)\.ts$/.test(name) && name !== "settings.ts");
    const text = sources.map((name) => readFileSync(join(SOURCES, name), "utf8")).join("\n");
    const read = new Set(
      [...text.matchAll(/"(ROSTRA_[A-Z_]+|PORT|HOST)"/g)].map(([, name]) => name!),
    );
    expect([...read].filter((name) => !INTERNAL.includes(name)).sort()).toEqual([...SETTINGS]);
  });

  it("each stand in a table of docs/hosting", () => {
    const rows = readFileSync(HOSTING, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    const described = rows.map((row) => row.split("|")[1]).join(" ");
    expect(SETTINGS.filter((name) => !described.includes(`\`${name}\``))).toEqual([]);
  });

  it("know what was meant by a name that is none of them", () => {
    expect(unknownSettings(["PORT", "ROSTRA_NAMES", "OTEL_SERVICE_NAME", "TZ"])).toEqual([
      "ROSTRA_NAMES",
    ]);
    expect(nearestSetting("ROSTRA_NATS_URL")).toBe("ROSTRA_NATS_URLS");
    expect(nearestSetting("PROT")).toBe("PORT");
    expect(nearestSetting("ROSTRA_PROT")).toBe("PORT");
    expect(nearestSetting("DATABASE_URL")).toBe("ROSTRA_DATABASE_URL");
    expect(nearestSetting("ROSTRA_TLS_CRET")).toBe("ROSTRA_TLS_CERT");
    expect(nearestSetting("FAVOURITE_COLOUR")).toBeUndefined();
  });
});
