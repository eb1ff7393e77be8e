import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readCommandLine, withConfigFile } from "./command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "rostra-command-line-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the command line", () => {
  it("asks for all roles, or for one of a fleet", () => {
    expect(readCommandLine([])).toEqual({
      action: "run",
      role: undefined,
      configFile: undefined,
      json: false,
    });
    expect(readCommandLine(["edge", "--config", "a.env"])).toMatchObject({
      role: "edge",
      configFile: "a.env",
    });
  });

  it("asks for the doctor instead, of all roles or of one", () => {
    expect(readCommandLine(["doctor", "--json"])).toMatchObject({
      action: "doctor",
      role: undefined,
      json: true,
    });
    expect(readCommandLine(["doctor", "stage"])).toMatchObject({ action: "doctor", role: "stage" });
  });

  it.each([
    [["choir"]],
    [["edge", "stage"]],
    [["--port", "1"]],
    [["edge", "--config"]],
    [["--json"]],
  ])("says in one line how it's used instead of %j", (args) => {
    expect(() => readCommandLine(args)).toThrow(/^[^\n]*usage: rostra/);
  });

  it("takes settings from a file, and rather from the environment", () => {
    const file = join(folder, "rostra.env");
    writeFileSync(file, '# ours\nPORT=9000\nROSTRA_PUBLIC_URL="https://live.example.org"\n');
    expect(withConfigFile({ PORT: "1" }, file)).toEqual({
      PORT: "1",
      ROSTRA_PUBLIC_URL: "https://live.example.org",
    });
    writeFileSync(file, "NODE_OPTIONS=--trace-warnings\nROSTRA_NAT_URLS=nats://a\n");
    expect(() => withConfigFile({}, file)).toThrow(
      /^ROSTRA_NAT_URLS in \S+ is no setting: did you mean ROSTRA_NATS_URLS\?$/,
    );
    expect(() => withConfigFile({}, join(folder, "none"))).toThrow(/none can't be read \(ENOENT\)/);
  });

  it.each([
    ["YAML", "PORT=1\nnats:\n  urls: []\n", /^line 2 of \S+ isn't NAME=value: "nats:"; [^\n]+$/],
    ["JSON", '{"PORT": 7070}', /^line 1 of \S+ isn't NAME=value: "\{\\"PORT\\"/],
    ["an INI section", "[rostra]\nPORT=1\n", /^line 1 of /],
    ["no text", "\u0000\u0001PORT=1\n", /^line 1 of \S+ isn't NAME=value: "\\u0000/],
    ["a folder", undefined, /can't be read \(EISDIR\): check --config$/],
  ])("reads nothing over in a file that is %s", (_what, text, line) => {
    const file = join(folder, "other");
    if (text !== undefined) writeFileSync(file, text);
    expect(() => withConfigFile({}, text === undefined ? folder : file)).toThrow(line);
  });
});
