import { describe, expect, it } from "vitest";
import { refuseOldServer, toControlError } from "./postgres-errors.ts";
import { withPlainTlsMode } from "./tls-mode.ts";

const URL_WITH_SECRET = "postgresql://ada:secret@db.example:5433/rostra?sslmode=verify-full";

/** As the driver, the system and PostgreSQL itself have said it, each heard from a real one. */
const fault = (code: string | undefined, message: string) =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe("what is wrong with a PostgreSQL", () => {
  it.each([
    ["28P01", 'password authentication failed for user "ada"', /doesn't let 'ada' in: check user/],
    [
      "28000",
      'role "ada" is not permitted to log in',
      /doesn't let 'ada' in \(role .+pg_hba.conf$/,
    ],
    ["3D000", 'database "rostra" does not exist', /no database 'rostra': create it/],
    ["42501", "permission denied for schema public", /may not make tables there .+ the owner of/],
    [
      "42501",
      'permission denied for database "rostra"',
      /'ada' may not connect to it .+ the owner/,
    ],
    ["25006", "cannot execute CREATE TABLE in a read-only transaction", /name the primary/],
    ["53300", "sorry, too many clients already", /raise max_connections/],
    [
      "ECONNREFUSED",
      "connect ECONNREFUSED 10.0.0.1:5432",
      /ECONNREFUSED.+is it running, and reach/,
    ],
    ["ENOTFOUND", "getaddrinfo ENOTFOUND db.example", /there is no host db.example:5433: check/],
    ["ENOENT", "ENOENT: no such file or directory, open '/ca.pem'", /can't be read .+'\/ca.pem'/],
    [undefined, "The server does not support SSL connections", /speaks no TLS: set ssl = on/],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate", /isn't trusted here .+sslrootcert=/],
    [undefined, "Connection terminated due to connection timeout", /can't be used .+is it running/],
  ])("is said in one line, without its password: %s %s", (code, message, line) => {
    const error = toControlError(URL_WITH_SECRET, fault(code, `${message}\n  at somewhere`));
    expect(error.message).toMatch(/^[^\n]+$/);
    expect(error.message).toMatch(line);
    expect(error.message).not.toContain("secret");
  });

  it("is also that it's too old", () => {
    for (const version of ["12.0", "15.14 (Debian 15.14-0+deb12u1)", "19beta1", "?"]) {
      refuseOldServer(URL_WITH_SECRET, version);
    }
    for (const version of ["9.6.24", "11.22 (Debian)"]) {
      const refused = () => refuseOldServer(URL_WITH_SECRET, version);
      expect(refused).toThrow(
        /^PostgreSQL at db.example:5433 is too old \([\d.]+\): use 12 or newer$/,
      );
    }
  });
});

it("the driver's own five lines about sslmode are never said", () => {
  const mode = (query: string) => URL.parse(withPlainTlsMode(`postgresql://a@h/d${query}`))!.search;
  expect(["?sslmode=require", "?sslmode=prefer", "?sslmode=verify-ca"].map(mode)).toEqual(
    Array(3).fill("?sslmode=verify-full"),
  );
  for (const as of ["", "?sslmode=disable", "?uselibpqcompat=true&sslmode=require"]) {
    expect(mode(as)).toBe(as);
  }
});
