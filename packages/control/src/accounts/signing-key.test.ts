import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadSigningKey, SIGNING_KEY_FILE } from "./signing-key.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "rostra-key-")), "data");
  file = join(directory, SIGNING_KEY_FILE);
});

afterEach(async () => {
  await rm(join(directory, ".."), { recursive: true });
});

describe("the signing key", () => {
  it("is made at the first start, for the owner's eyes only, and is the same at the second", async () => {
    const made = await loadSigningKey(directory);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual([SIGNING_KEY_FILE]);
    const { verificationKey } = await loadSigningKey(directory);
    expect(verificationKey).toEqual(made.verificationKey);
    expect(verificationKey).toMatchObject({ kty: "OKP", crv: "Ed25519", alg: "EdDSA" });
    expect(verificationKey).not.toHaveProperty("d");
  });

  it("is refused when others can read it", async () => {
    await loadSigningKey(directory);
    await chmod(file, 0o640);
    await expect(loadSigningKey(directory)).rejects.toMatchObject({
      code: "bad-key-file",
      message: expect.stringMatching(/can be read by others \(mode 640\): run chmod 600/),
    });
  });

  it.each([
    ["empty", ""],
    ["not JSON", "{"],
    ["another kind of key", '{"kty":"RSA"}'],
    [
      "a public key",
      '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
    ],
    ["cut off", '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS","d":"nWGxne"}'],
  ])("is refused, and left alone, when the file is %s", async (_what, text) => {
    await loadSigningKey(directory);
    await writeFile(file, text);
    await expect(loadSigningKey(directory)).rejects.toMatchObject({
      code: "bad-key-file",
      message: expect.stringMatching(/^[^\n]*is not an Ed25519 key: restore it[^\n]*$/),
    });
    expect(await readFile(file, "utf8")).toBe(text);
  });

  it("is made anew where a start was cut off before it had its name", async () => {
    await loadSigningKey(directory);
    await rm(file);
    await writeFile(`${file}.new`, "half", { mode: 0o644 });
    await loadSigningKey(directory);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual([SIGNING_KEY_FILE]);
  });
});
