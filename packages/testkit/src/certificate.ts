import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A fresh certificate for localhost that nobody has signed but itself, as files in `directory`. */
export async function selfSigned(directory: string, name = "localhost") {
  const files = { certFile: join(directory, "cert.pem"), keyFile: join(directory, "key.pem") };
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...[
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
      "-addext",
      "subjectAltName=DNS:localhost,IP:127.0.0.1",
    ],
    ...["-out", files.certFile, "-keyout", files.keyFile],
  ]);
  return { ...files, pem: await readFile(files.certFile, "utf8") };
}

/** As {@link selfSigned}, but it ran out yesterday. */
export async function expiredCertificate(directory: string) {
  const files = await selfSigned(directory);
  const { certFile, keyFile } = files;
  // Signed again: a new certificate can't be asked for with an end in the past.
  const again = ["x509", "-in", certFile, "-signkey", keyFile, "-days", "-1", "-out", certFile];
  await run("openssl", again);
  return files;
}
