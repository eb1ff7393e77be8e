import { join } from "node:path";

/** Certificates that Rostra asks an authority for by itself (ACME, RFC 8555). */
export interface AcmeConfig {
  /** Names in the certificate; the first is the one that links carry. */
  readonly domains: readonly string[];
  /** Where the authority writes to, if it does; null: nowhere. */
  readonly email: string | null;
  readonly directoryUrl: string;
  /** Where this machine answers plain HTTP itself. */
  readonly http: { readonly host: string; readonly port: number };
  /** Of this machine, in the data folder: all processes of it share what lies there. */
  readonly folder: string;
}

const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";
/** A host name (RFC 1123) of two labels or more; a wildcard can't be proved over HTTP. */
const DOMAIN = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;
const MAX_DOMAINS = 100;
const EVERY_ADDRESS = ["::", "0.0.0.0"];

type Environment = Readonly<Record<string, string | undefined>>;
type Fault = (message: string) => Error;

/** What other settings say: where the certificate's files lie, and where plain HTTP is served. */
export interface AcmeSurroundings {
  readonly dataDirectory: string;
  readonly host: string;
  readonly httpPort: number;
}

/** @returns null where no names are given */
export function readAcmeConfig(
  env: Environment,
  { dataDirectory, host, httpPort }: AcmeSurroundings,
  fault: Fault,
): AcmeConfig | null {
  const domains = (env["ROSTRA_ACME_DOMAINS"] ?? "").split(",").map((each) => each.trim());
  const given = domains.filter((each) => each !== "").map((each) => each.toLowerCase());
  const [email, directory] = [env["ROSTRA_ACME_EMAIL"], env["ROSTRA_ACME_DIRECTORY"]];
  if (given.length === 0) {
    if (email) throw fault("ROSTRA_ACME_EMAIL needs ROSTRA_ACME_DOMAINS");
    if (directory) throw fault("ROSTRA_ACME_DIRECTORY needs ROSTRA_ACME_DOMAINS");
    return null;
  }
  if (env["ROSTRA_TLS_CERT"]) {
    throw fault("ROSTRA_ACME_DOMAINS and ROSTRA_TLS_CERT are two ways to a certificate: set one");
  }
  const wrong = given.find((each) => !DOMAIN.test(each));
  if (wrong !== undefined || given.length > MAX_DOMAINS) {
    throw fault(
      `ROSTRA_ACME_DOMAINS must be names like live.example.org, commas between them, no wildcards, not '${wrong ?? `${given.length} names`}'`,
    );
  }
  if (email && !/^[^\s@,]+@[^\s@,]+$/.test(email)) {
    throw fault(`ROSTRA_ACME_EMAIL must be an address like ada@example.org, not '${email}'`);
  }
  if (directory && URL.parse(directory)?.protocol !== "https:") {
    throw fault(`ROSTRA_ACME_DIRECTORY must be a URL like ${LETS_ENCRYPT}, not '${directory}'`);
  }
  return {
    domains: given,
    email: email || null,
    directoryUrl: directory || LETS_ENCRYPT,
    http: { host: EVERY_ADDRESS.includes(host) ? "127.0.0.1" : host, port: httpPort },
    folder: join(dataDirectory, "acme"),
  };
}

/** What lies in the folder. */
export function acmeFiles({ folder }: Pick<AcmeConfig, "folder">) {
  return {
    /** Key and chain in one file, so that they are replaced together. */
    certificate: join(folder, "certificate.pem"),
    account: join(folder, "account.json"),
    /** A file for each challenge under way, called by its token. */
    challenges: join(folder, "challenges"),
    lock: join(folder, "order.lock"),
  };
}
