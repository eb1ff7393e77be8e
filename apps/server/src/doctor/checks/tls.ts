import { existsSync } from "node:fs";
import { inspectCertificate } from "@rostra/edge";
import type { Config } from "../../config.ts";
import { certificateIsValid } from "../../preflight.ts";
import { type Finding, ok, unlessRefused, warning, wrong } from "../finding.ts";

const DAY_MS = 86_400_000;
/** Let's Encrypt's tools renew at 30 days: whoever has so few left has missed a renewal or two. */
const SOON_DAYS = 14;

/** The certificate of the public port, or that there is none. */
export function checkTls(config: Config, nowMs: number): Promise<Finding> {
  const check = "TLS";
  return unlessRefused(check, async () => {
    const { tls, acme } = config.door;
    if (acme !== null && !existsSync(tls!.certFile)) {
      return `${new URL(acme.directoryUrl).host} is asked for ${acme.domains.join(", ")} at the start`;
    }
    if (tls === null) {
      const proxied = config.publicUrl?.startsWith("https:") ?? false;
      if (proxied) return `no certificate of its own; ${config.publicUrl} is a proxy's to serve`;
      return warning(
        check,
        "none: browsers give no microphone but on localhost; set ROSTRA_ACME_DOMAINS or ROSTRA_TLS_CERT, or put a proxy in front",
      );
    }
    if (acme === null) await certificateIsValid(tls, nowMs);
    const { names, validToMs, selfSigned, chainLength } = await inspectCertificate(tls);
    const days = Math.floor((validToMs - nowMs) / DAY_MS);
    const summary = `for ${names.join(", ")}, ${days} days left`;
    if (selfSigned && acme !== null) {
      return warning(check, "no authority has signed it yet: the log says why");
    }
    if (selfSigned) return warning(check, `${summary}; signed by itself: browsers don't trust it`);
    if (days < 0) return wrong(check, `${summary}: it isn't renewed; the log says why`);
    const missing = wantedNames(config).find((name) => !covers(names, name));
    if (missing !== undefined) {
      return warning(check, `${summary}: it isn't for ${missing}, where links lead`);
    }
    if (chainLength < 2) {
      return warning(check, `${summary}; alone in its file: give the whole chain (fullchain.pem)`);
    }
    if (days < SOON_DAYS) return warning(check, `${summary}: see why it isn't renewed`);
    return ok(check, summary);
  });
}

function wantedNames({ publicUrl, edge }: Config): string[] {
  const urls = [publicUrl, edge.url].filter((url) => url?.startsWith("https:"));
  return urls.map((url) => new URL(url!).hostname);
}

/** A wildcard stands for one label (RFC 6125, section 6.4.3). */
function covers(names: readonly string[], host: string): boolean {
  const parent = host.slice(host.indexOf("."));
  return names.some((name) => name === host || (name.startsWith("*.") && name.slice(1) === parent));
}
