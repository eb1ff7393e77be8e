import { chmod, link, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { RostraError } from "@rostra/wire";
import acme from "acme-client";
import { type AcmeConfig, acmeFiles } from "./acme-config.ts";

/** No certificate was to be had. One line for whoever runs the server. */
class AcmeError extends RostraError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("no-certificate", message, options);
  }
}

/** A certificate signed by itself, so that the port can be opened before there is another. */
export async function makePlaceholder(config: AcmeConfig): Promise<void> {
  const { certificate, challenges } = acmeFiles(config);
  await mkdir(challenges, { recursive: true, mode: 0o700 });
  const key = await acme.crypto.createPrivateEcdsaKey();
  const authorization = { identifier: { type: "dns", value: config.domains[0]! } };
  const [, chain] = await acme.crypto.createAlpnCertificate(
    authorization as acme.Authorization,
    "placeholder",
    key,
  );
  const draft = `${certificate}.${process.pid}`;
  await writeFile(draft, `${key}${chain}`, { mode: 0o600 });
  // Another process of this machine may have been quicker: what stands stays.
  await link(draft, certificate).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(draft);
}

/**
 * Orders a certificate and puts it in place of the one there is. Challenges (HTTP-01, RFC 8555
 * section 8.3) are answered by whoever serves port 80 of this machine, from the folder.
 * @throws {AcmeError}
 */
export async function orderCertificate(config: AcmeConfig): Promise<void> {
  const { certificate, challenges } = acmeFiles(config);
  await rm(challenges, { recursive: true, force: true });
  await mkdir(challenges, { recursive: true, mode: 0o700 });
  const [key, csr] = await acme.crypto.createCsr(
    { altNames: [...config.domains] },
    await acme.crypto.createPrivateEcdsaKey(),
  );
  try {
    await isReachable(config.directoryUrl);
    const client = await clientOf(config);
    const chain = await client.auto({
      csr,
      challengePriority: ["http-01"],
      // Behind NAT a machine often doesn't reach itself by its public name.
      skipChallengeVerification: true,
      challengeCreateFn: async (_, { token }, answer) => {
        await writeFile(join(challenges, token), answer, { mode: 0o600 });
        await untilAnswered(config, token, answer);
      },
      challengeRemoveFn: (_, { token }) => rm(join(challenges, token), { force: true }),
    });
    await replace(certificate, `${key}${chain}`);
  } catch (cause) {
    const line = lineOf(config, cause);
    // One that the authority has forgotten, or closed: the next try makes another.
    if (/\baccount\b/i.test(line)) await rm(acmeFiles(config).account, { force: true });
    throw new AcmeError(line, { cause });
  }
}

/** Edges may only just be starting; an authority that finds nobody counts that as a failure. */
const ANSWER_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 200;

async function untilAnswered(config: AcmeConfig, token: string, answer: string): Promise<void> {
  const host = isIPv6(config.http.host) ? `[${config.http.host}]` : config.http.host;
  const url = `http://${host}:${config.http.port}/.well-known/acme-challenge/${token}`;
  for (const untilMs = performance.now() + ANSWER_WITHIN_MS; performance.now() < untilMs; ) {
    if ((await textAt(url)) === answer) return;
    await pause(ASK_EVERY_MS);
  }
  throw new AcmeError(`no edge of ours answers plain HTTP on port ${config.http.port}`);
}

async function textAt(url: string): Promise<string | undefined> {
  try {
    return await (await fetch(url)).text();
  } catch {
    return undefined;
  }
}

interface Account {
  readonly directoryUrl: string;
  readonly accountKey: string;
  readonly accountUrl: string;
}

/** Between two looks whether the authority is done, ms: most are within a second or two. */
const PATIENCE = { backoffMin: 1_000, backoffMax: 10_000, backoffAttempts: 20 } as const;

/** The account of before, where it is this authority's: one that is known may do more. */
async function clientOf({ folder, directoryUrl, email }: AcmeConfig): Promise<acme.Client> {
  const { account } = acmeFiles({ folder });
  const known = await readAccount(account);
  if (known?.directoryUrl === directoryUrl) return new acme.Client({ ...PATIENCE, ...known });
  const accountKey = await acme.crypto.createPrivateEcdsaKey();
  const client = new acme.Client({ ...PATIENCE, directoryUrl, accountKey });
  const contact = email === null ? {} : { contact: [`mailto:${email}`] };
  await client.createAccount({ termsOfServiceAgreed: true, ...contact });
  const made: Account = {
    directoryUrl,
    accountKey: String(accountKey),
    accountUrl: client.getAccountUrl(),
  };
  await replace(account, JSON.stringify(made));
  return client;
}

const DIRECTORY_WITHIN_MS = 10_000;

/** By ourselves: the library tries for more than a minute, and then stumbles. */
async function isReachable(directoryUrl: string): Promise<void> {
  try {
    await fetch(directoryUrl, { signal: AbortSignal.timeout(DIRECTORY_WITHIN_MS) });
  } catch (error) {
    const { cause, message } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    const { host } = new URL(directoryUrl);
    throw new AcmeError(`${host} can't be reached (${why}): no certificate is to be had for now`);
  }
}

async function readAccount(file: string): Promise<Account | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Account;
  } catch {
    return undefined;
  }
}

/** Under its name there is the old file or the whole new one, also after a power cut. */
async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  const handle = await open(draft, "w", 0o600);
  try {
    await chmod(draft, 0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

function lineOf({ domains, directoryUrl }: AcmeConfig, cause: unknown): string {
  if (cause instanceof AcmeError) return cause.message;
  const { host } = new URL(directoryUrl);
  const why = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0];
  const names = domains.join(", ");
  return `${host} gives no certificate for ${names} (${why}): do these names lead here, and is port 80 open to everybody?`;
}
