import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { EdgeError } from "../errors.ts";
import type { CertificateFiles } from "./certificate.ts";

/** What stands in a certificate, for whoever runs the server. */
export interface CertificateFacts {
  /** Names and addresses that it is for. */
  readonly names: readonly string[];
  readonly validFromMs: number;
  readonly validToMs: number;
  /** Signed by its own key: no browser trusts it. */
  readonly selfSigned: boolean;
  /** Certificates in the file, this one included. */
  readonly chainLength: number;
}

/**
 * Reads a certificate and its key, and looks whether they belong together. Time is the caller's to
 * judge.
 * @throws {EdgeError} `bad-certificate`, with what is wrong with which file
 */
export async function inspectCertificate(files: CertificateFiles): Promise<CertificateFacts> {
  return (await readPair(files)).facts;
}

/**
 * Both files as they are, and what stands in them.
 * @throws {EdgeError} `bad-certificate`
 */
export async function readPair(files: CertificateFiles) {
  const [cert, key] = await Promise.all([read(files.certFile), read(files.keyFile)]);
  const certificate = parse(files.certFile, "certificate", () => new X509Certificate(cert));
  const privateKey = parse(files.keyFile, "private key", () => createPrivateKey(key));
  refuseStrangers(files, certificate, privateKey);
  const facts: CertificateFacts = {
    names: namesOf(certificate),
    validFromMs: Date.parse(certificate.validFrom),
    validToMs: Date.parse(certificate.validTo),
    selfSigned: certificate.checkIssued(certificate),
    chainLength: cert.split("-----BEGIN CERTIFICATE-----").length - 1,
  };
  return { cert, key, facts };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const advice = code === "ENOENT" ? "there is no such file" : "may this user read it?";
    throw fault(`${file} can't be read (${code}): ${advice}`, cause);
  }
}

function parse<T>(file: string, what: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw fault(
      `${file} holds no ${what} in PEM: the certificate and its key are two files`,
      cause,
    );
  }
}

function refuseStrangers(files: CertificateFiles, cert: X509Certificate, key: KeyObject): void {
  if (cert.checkPrivateKey(key)) return;
  throw fault(
    `the key in ${files.keyFile} doesn't belong to the certificate in ${files.certFile}: the server's own certificate must come first`,
  );
}

function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  const entries = subjectAltName.split(", ").filter((each) => each !== "");
  return entries.map((each) => each.slice(each.indexOf(":") + 1));
}

function fault(message: string, cause?: unknown): EdgeError {
  return new EdgeError("bad-certificate", message, { cause });
}
