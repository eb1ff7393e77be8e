import { chmod, mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { isObject, TOKEN_ALGORITHM } from "@rostra/wire";
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
} from "jose";
import { ControlError } from "../errors.ts";

/** Name of the key's file in the data folder. */
export const SIGNING_KEY_FILE = "signing-key.json";

/** Public half of the key, as the relay's state shows it to all who verify tokens. */
export interface VerificationKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly alg: typeof TOKEN_ALGORITHM;
  /** RFC 7638 thumbprint: also in the header of each token. */
  readonly kid: string;
}

/** Both halves, ready for use; the private one never leaves this process. */
export interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly verificationKey: VerificationKey;
}

interface PrivateJwk {
  readonly x: string;
  readonly d: string;
}

/**
 * Reads the Ed25519 key that signs tokens; makes it where there is none yet. Whoever changes it
 * takes every guest's identity away, so a broken file is refused, never replaced.
 * @throws {ControlError} `bad-key-file`
 */
export async function loadSigningKey(directory: string): Promise<SigningKey> {
  const file = join(directory, SIGNING_KEY_FILE);
  const jwk = (await readPrivateJwk(file)) ?? (await makePrivateJwk(directory, file));
  const publicJwk = { kty: "OKP", crv: "Ed25519", x: jwk.x } as const;
  try {
    return {
      privateKey: (await importJWK({ ...publicJwk, d: jwk.d }, TOKEN_ALGORITHM)) as CryptoKey,
      publicKey: (await importJWK(publicJwk, TOKEN_ALGORITHM)) as CryptoKey,
      verificationKey: {
        ...publicJwk,
        alg: TOKEN_ALGORITHM,
        kid: await calculateJwkThumbprint(publicJwk),
      },
    };
  } catch (cause) {
    throw brokenFile(file, cause);
  }
}

/** @returns undefined where there is no file yet */
async function readPrivateJwk(file: string): Promise<PrivateJwk | undefined> {
  let text: string;
  try {
    await refuseOpenMode(file);
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    if (error instanceof ControlError) throw error;
    throw new ControlError("bad-key-file", `${file} can't be read`, { cause: error });
  }
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch (cause) {
    throw brokenFile(file, cause);
  }
  if (
    !isObject(jwk) ||
    jwk["kty"] !== "OKP" ||
    jwk["crv"] !== "Ed25519" ||
    typeof jwk["x"] !== "string" ||
    typeof jwk["d"] !== "string"
  ) {
    throw brokenFile(file);
  }
  return { x: jwk["x"], d: jwk["d"] };
}

async function refuseOpenMode(file: string): Promise<void> {
  const mode = (await stat(file)).mode & 0o777;
  // Windows has no such bits: everything reads as open there.
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  throw new ControlError(
    "bad-key-file",
    `${file} can be read by others (mode ${mode.toString(8)}): run chmod 600 on it`,
  );
}

function brokenFile(file: string, cause?: unknown): ControlError {
  const advice = "restore it from a backup, or remove it to make a new one (all tokens end)";
  return new ControlError("bad-key-file", `${file} is not an Ed25519 key: ${advice}`, { cause });
}

async function makePrivateJwk(directory: string, file: string): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, {
    crv: "Ed25519",
    extractable: true,
  });
  const { x, d } = await exportJWK(privateKey);
  const jwk = { kty: "OKP", crv: "Ed25519", x: x!, d: d! };
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeWhole(file, `${JSON.stringify(jwk)}\n`);
  } catch (cause) {
    throw new ControlError("bad-key-file", `${file} can't be written`, { cause });
  }
  return jwk;
}

/** Under its name there is either nothing or the whole file, also after a power cut. */
async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, "w", 0o600);
  try {
    // The mode given to open is for new files only: a draft left by a crash keeps its own.
    await chmod(draft, 0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
