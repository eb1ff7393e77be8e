import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readCommandLine, withConfigFile } from "./command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "rostra-command-line-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the command line", () => {
  it("asks for all roles, or for one of a fleet", () => {
    expect(readCommandLine([])).toEqual({ role: undefined, configFile: undefined });
    expect(readCommandLine(["edge", "--config", "a.env"])).toEqual({
      role: "edge",
      configFile: "a.env",
    });
  });

  it.each([[["choir"]], [["edge", "stage"]], [["--port", "1"]], [["edge", "--config"]]])(
    "says in one line how it's used instead of %j",
    (args) => {
      expect(() => readCommandLine(args)).toThrow(/^[^\n]*usage: rostra/);
    },
  );

  it("takes settings from a file, and rather from the environment", () => {
    const file = join(folder, "rostra.env");
    writeFileSync(file, '# ours\nPORT=9000\nROSTRA_PUBLIC_URL="https://live.example.org"\n');
    expect(withConfigFile({ PORT: "1" }, file)).toEqual({
      PORT: "1",
      ROSTRA_PUBLIC_URL: "https://live.example.org",
    });
    expect(() => withConfigFile({}, join(folder, "none"))).toThrow(/none can't be read \(ENOENT\)/);
  });
});
