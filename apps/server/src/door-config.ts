import { isIP } from "node:net";
import type { GateLimits } from "@rostra/edge";
import { type AcmeConfig, acmeFiles, readAcmeConfig } from "./acme/acme-config.ts";

/** What the environment says of the public port: its certificate, and what callers may ask for. */
export interface DoorConfig {
  /** Certificate and key of the public port; null: it speaks plain HTTP. */
  readonly tls: {
    readonly certFile: string;
    readonly keyFile: string;
    /** Plain HTTP that sends everybody on to HTTPS. */
    readonly redirectPort?: number;
    /** Answers to an authority's challenges, for plain HTTP. */
    readonly challengeDirectory?: string;
  } | null;
  /** The certificate is asked for, and renewed; null: somebody else sees to it, or there is none. */
  readonly acme: AcmeConfig | null;
  /** What one address may ask of one edge, where that differs from the default. */
  readonly limits: Partial<GateLimits>;
  /** Proxies that are believed, beside those on this machine. */
  readonly trustedProxies: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;
type Fault = (message: string) => Error;

const LIMIT_NAMES: Readonly<Record<keyof GateLimits, true>> = {
  joinBurst: true,
  joinsPerSecond: true,
  connectBurst: true,
  connectsPerSecond: true,
  waiting: true,
  plain: true,
};

/** @param fault makes the error that is thrown; its message names the setting */
export function readDoorConfig(
  env: Environment,
  { dataDirectory, host }: { readonly dataDirectory: string; readonly host: string },
  fault: Fault,
): DoorConfig {
  // An authority looks at port 80 alone; another one is for where something leads that on to it.
  const httpPort = portNumber(env["ROSTRA_HTTP_PORT"] || "80", fault);
  const acme = readAcmeConfig(env, { dataDirectory, host, httpPort }, fault);
  return {
    acme,
    tls: acme === null ? tls(env, httpPort, fault) : ordered(acme),
    limits: limits(listOf(env["ROSTRA_ADDRESS_LIMITS"]), fault),
    trustedProxies: trustedProxies(listOf(env["ROSTRA_TRUSTED_PROXIES"]), fault),
  };
}

function listOf(text: string | undefined): string[] {
  const list = (text ?? "").split(",").map((each) => each.trim());
  return list.filter((each) => each !== "");
}

function tls(env: Environment, redirectPort: number, fault: Fault): DoorConfig["tls"] {
  const [certFile, keyFile] = [env["ROSTRA_TLS_CERT"], env["ROSTRA_TLS_KEY"]];
  const redirects = Boolean(env["ROSTRA_HTTP_PORT"]);
  if (!certFile && !keyFile) {
    if (!redirects) return null;
    throw fault(
      "ROSTRA_HTTP_PORT needs a certificate: set ROSTRA_ACME_DOMAINS, or ROSTRA_TLS_CERT",
    );
  }
  if (!certFile) throw fault("ROSTRA_TLS_KEY needs ROSTRA_TLS_CERT: both are PEM files");
  if (!keyFile) throw fault("ROSTRA_TLS_CERT needs ROSTRA_TLS_KEY: both are PEM files");
  return { certFile, keyFile, ...(redirects && { redirectPort }) };
}

function ordered(acme: AcmeConfig): DoorConfig["tls"] {
  const { certificate, challenges } = acmeFiles(acme);
  return {
    certFile: certificate,
    keyFile: certificate,
    redirectPort: acme.http.port,
    challengeDirectory: challenges,
  };
}

function portNumber(text: string, fault: Fault): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return Number(text);
  throw fault(`ROSTRA_HTTP_PORT must be a whole number from 1 to 65535, not '${text}'`);
}

/** `joinsPerSecond=400,joinBurst=4000` */
function limits(list: readonly string[], fault: Fault): Partial<GateLimits> {
  const found: Partial<Record<keyof GateLimits, number>> = {};
  for (const each of list) {
    const [name = "", value = ""] = each.split("=", 2);
    if (!Object.hasOwn(LIMIT_NAMES, name) || !/^[1-9]\d{0,6}$/.test(value)) {
      const names = Object.keys(LIMIT_NAMES).join(", ");
      throw fault(
        `ROSTRA_ADDRESS_LIMITS must be like joinsPerSecond=400 (${names}), not '${each}'`,
      );
    }
    found[name as keyof GateLimits] = Number(value);
  }
  return found;
}

function trustedProxies(list: readonly string[], fault: Fault): readonly string[] {
  for (const each of list) {
    const [address = "", bits, ...rest] = each.split("/");
    const version = isIP(address);
    const mostBits = version === 4 ? 32 : 128;
    const isSubnet = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= mostBits);
    if (version === 0 || !isSubnet || rest.length > 0) {
      throw fault(`ROSTRA_TRUSTED_PROXIES must be addresses or subnets, not '${each}'`);
    }
  }
  return list;
}
