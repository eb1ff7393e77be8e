import { mkdir, readFile, stat } from "node:fs/promises";
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
import type { Store } from "../store/store.ts";
import { writeWhole } from "../whole-file.ts";

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
  readonly kty: "OKP";
  readonly crv: "Ed25519";
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
  const jwk = (await readPrivateJwk(file)) ?? (await makeKeyFile(directory, file));
  return toSigningKey(jwk).catch((cause: unknown) => {
    throw brokenFile(file, cause);
  });
}

/**
 * The key that all controls on one store sign with: the first of them has made it.
 * @throws {ControlError} `store-broken`
 */
export async function sharedSigningKey(store: Pick<Store, "keepSecret">): Promise<SigningKey> {
  const kept = await store.keepSecret("signing-key", JSON.stringify(await makePrivateJwk()));
  const jwk = toPrivateJwk(kept);
  if (jwk === undefined) throw new ControlError("store-broken", "the store's key is not Ed25519");
  return toSigningKey(jwk);
}

async function toSigningKey({ x, d }: PrivateJwk): Promise<SigningKey> {
  const publicJwk = { kty: "OKP", crv: "Ed25519", x } as const;
  return {
    privateKey: (await importJWK({ ...publicJwk, d }, TOKEN_ALGORITHM)) as CryptoKey,
    publicKey: (await importJWK(publicJwk, TOKEN_ALGORITHM)) as CryptoKey,
    verificationKey: {
      ...publicJwk,
      alg: TOKEN_ALGORITHM,
      kid: await calculateJwkThumbprint(publicJwk),
    },
  };
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
  const jwk = toPrivateJwk(text);
  if (jwk === undefined) throw brokenFile(file);
  return jwk;
}

/** @returns undefined for what is no private Ed25519 key */
function toPrivateJwk(text: string): PrivateJwk | undefined {
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(jwk) || jwk["kty"] !== "OKP" || jwk["crv"] !== "Ed25519") return undefined;
  if (typeof jwk["x"] !== "string" || typeof jwk["d"] !== "string") return undefined;
  return { kty: "OKP", crv: "Ed25519", x: jwk["x"], d: jwk["d"] };
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

async function makePrivateJwk(): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, {
    crv: "Ed25519",
    extractable: true,
  });
  const { x, d } = await exportJWK(privateKey);
  return { kty: "OKP", crv: "Ed25519", x: x!, d: d! };
}

async function makeKeyFile(directory: string, file: string): Promise<PrivateJwk> {
  const jwk = await makePrivateJwk();
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeWhole(file, `${JSON.stringify(jwk)}\n`);
  } catch (cause) {
    throw new ControlError("bad-key-file", `${file} can't be written`, { cause });
  }
  return jwk;
}
