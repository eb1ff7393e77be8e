import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { Cancel, Clock } from "@rostra/wire";
import type { Logger } from "pino";
import { EdgeError } from "../errors.ts";
import { readPair } from "./inspect.ts";

/** Where the certificate of the public port lies, both PEM. Whoever renews it replaces the files. */
export interface CertificateFiles {
  /** The certificate first, then those between it and the authority's. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** Between two looks at the files, ms: renewals happen weeks before they have to. */
export const CERTIFICATE_CHECK_MS = 10_000;

/**
 * Reads both files, and tries them.
 * @throws {EdgeError} `bad-certificate`
 */
export async function readCertificate(files: CertificateFiles): Promise<SecureContextOptions> {
  const { cert, key } = await readPair(files);
  try {
    const options: SecureContextOptions = { cert, key, minVersion: "TLSv1.2" };
    // Throws where one of them is damaged, or they don't belong together.
    createSecureContext(options);
    return options;
  } catch (cause) {
    const message = `the certificate in ${files.certFile} and ${files.keyFile} can't be used`;
    throw new EdgeError("bad-certificate", message, { cause });
  }
}

export interface CertificateWatchOptions {
  readonly files: CertificateFiles;
  readonly current: SecureContextOptions;
  /** What the next connections are to be served with; those that are open stay as they are. */
  readonly onChanged: (certificate: SecureContextOptions) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Follows the files. What can't be used is passed over, as a renewal is while one file is new and
 * the other is old: the certificate in use stays.
 */
export function watchCertificate(options: CertificateWatchOptions): Cancel {
  const { files, onChanged, clock, log } = options;
  let current = options.current;
  let lastFault = "";
  let cancel: Cancel = () => {};
  let stopped = false;
  const look = async () => {
    try {
      const found = await readCertificate(files);
      lastFault = "";
      if (stopped || isSame(found, current)) return;
      current = found;
      onChanged(found);
      log.info({ certFile: files.certFile }, "the certificate has changed");
    } catch (err) {
      // Told once, not at each look.
      const fault = String(err);
      if (fault !== lastFault)
        log.warn({ err }, "a new certificate can't be used: the old one stays");
      lastFault = fault;
    }
  };
  const later = () => {
    if (stopped) return;
    cancel = clock.after(CERTIFICATE_CHECK_MS, () => void look().then(later));
  };
  later();
  return () => {
    stopped = true;
    cancel();
  };
}

function isSame(a: SecureContextOptions, b: SecureContextOptions): boolean {
  return String(a.cert) === String(b.cert) && String(a.key) === String(b.key);
}
