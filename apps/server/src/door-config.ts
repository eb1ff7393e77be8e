import { isIP } from "node:net";
import type { GateLimits } from "@rostra/edge";

/** What the environment says of the public port: its certificate, and what callers may ask for. */
export interface DoorConfig {
  /** Certificate and key of the public port; null: it speaks plain HTTP. */
  readonly tls: {
    readonly certFile: string;
    readonly keyFile: string;
    /** Plain HTTP that sends everybody on to HTTPS. */
    readonly redirectPort?: number;
  } | null;
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

/** @param fault makes the error that is thrown; its message begins with the setting's name */
export function readDoorConfig(env: Environment, fault: Fault): DoorConfig {
  return {
    tls: tls(env, fault),
    limits: limits(listOf(env["ROSTRA_ADDRESS_LIMITS"]), fault),
    trustedProxies: trustedProxies(listOf(env["ROSTRA_TRUSTED_PROXIES"]), fault),
  };
}

function listOf(text: string | undefined): string[] {
  const list = (text ?? "").split(",").map((each) => each.trim());
  return list.filter((each) => each !== "");
}

function tls(env: Environment, fault: Fault): DoorConfig["tls"] {
  const [certFile, keyFile] = [env["ROSTRA_TLS_CERT"], env["ROSTRA_TLS_KEY"]];
  const redirect = env["ROSTRA_HTTP_PORT"];
  if (!certFile && !keyFile) {
    if (redirect) throw fault("ROSTRA_HTTP_PORT needs ROSTRA_TLS_CERT and ROSTRA_TLS_KEY");
    return null;
  }
  if (!certFile) throw fault("ROSTRA_TLS_KEY needs ROSTRA_TLS_CERT: both are PEM files");
  if (!keyFile) throw fault("ROSTRA_TLS_CERT needs ROSTRA_TLS_KEY: both are PEM files");
  if (!redirect) return { certFile, keyFile };
  if (!/^\d{1,5}$/.test(redirect) || Number(redirect) < 1 || Number(redirect) > 65_535) {
    throw fault(`ROSTRA_HTTP_PORT must be a whole number from 1 to 65535, not '${redirect}'`);
  }
  return { certFile, keyFile, redirectPort: Number(redirect) };
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
