import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

const door = (env: Record<string, string>) => readConfig(env, false).door;

describe("the settings of the public port", () => {
  it("are plain HTTP, the default limits and no proxies when nothing is said", () => {
    expect(door({})).toEqual({ acme: null, tls: null, limits: {}, trustedProxies: [] });
  });

  it("take a certificate, its key, and the port of plain HTTP", () => {
    const files = { ROSTRA_TLS_CERT: "/etc/cert.pem", ROSTRA_TLS_KEY: "/etc/key.pem" };
    const tls = { certFile: "/etc/cert.pem", keyFile: "/etc/key.pem" };
    expect(door(files).tls).toEqual(tls);
    expect(door({ ...files, ROSTRA_HTTP_PORT: "80" }).tls).toEqual({ ...tls, redirectPort: 80 });
  });

  it("take names that a certificate is to be asked for", () => {
    const asked = { ROSTRA_DATA: "/d", ROSTRA_ACME_DOMAINS: "Live.example.org, example.org" };
    expect(door(asked)).toMatchObject({
      acme: { domains: ["live.example.org", "example.org"], email: null, folder: "/d/acme" },
      tls: {
        certFile: "/d/acme/certificate.pem",
        keyFile: "/d/acme/certificate.pem",
        redirectPort: 80,
        challengeDirectory: "/d/acme/challenges",
      },
    });
    const both = { ...asked, ROSTRA_TLS_CERT: "/etc/cert.pem" };
    expect(() => door(both)).toThrow(/^ROSTRA_ACME_DOMAINS and ROSTRA_TLS_CERT [^\n]+set one$/);
  });

  it("take limits by name, and proxies as addresses and subnets", () => {
    expect(door({ ROSTRA_ADDRESS_LIMITS: "joinsPerSecond=50, waiting=10" }).limits).toEqual({
      joinsPerSecond: 50,
      waiting: 10,
    });
    const list = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"];
    expect(door({ ROSTRA_TRUSTED_PROXIES: list.join(", ") }).trustedProxies).toEqual(list);
  });

  it.each([
    ["ROSTRA_ACME_DOMAINS", "*.example.org"],
    ["ROSTRA_ACME_DOMAINS", "localhost"],
    ["ROSTRA_ACME_EMAIL", "ada@example.org"],
    ["ROSTRA_ACME_DIRECTORY", "https://ca.example.org"],
    ["ROSTRA_TLS_CERT", "cert.pem"],
    ["ROSTRA_TLS_KEY", "key.pem"],
    ["ROSTRA_HTTP_PORT", "80"],
    ["ROSTRA_ADDRESS_LIMITS", "joins=5"],
    ["ROSTRA_ADDRESS_LIMITS", "waiting=0"],
    ["ROSTRA_ADDRESS_LIMITS", "waiting"],
    ["ROSTRA_ADDRESS_LIMITS", "toString=5"],
    ["ROSTRA_TRUSTED_PROXIES", "10.0.0.0/33"],
    ["ROSTRA_TRUSTED_PROXIES", "10.0.0.0/8/8"],
    ["ROSTRA_TRUSTED_PROXIES", "proxy"],
  ])("name %s in one line when it is '%s' alone", (name, value) => {
    const read = () => door({ [name]: value });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(new RegExp(`^${name} [^\\n]+$`));
  });
});
