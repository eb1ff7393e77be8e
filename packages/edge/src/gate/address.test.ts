import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKey, THIS_MACHINE, TrustedProxies } from "./address.ts";

describe("whom to count", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::6", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["64:ff9b::192.0.2.7", "64:ff9b:0:0::/64"],
    ["1::2:3:4:192.0.2.7", "1:0:0:2::/64"],
  ])("takes %s for %s", (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  it.each(["", "unknown", "192.0.2", "192.0.2.7:80", "1:2:3:4:5:6:7:8:9", "_hidden"])(
    "takes %j for no address",
    (text) => expect(addressKey(text)).toBeUndefined(),
  );

  it("is the same for all of a /64, and never for two of them", () => {
    const v6 = fc.ipV6();
    fc.assert(
      fc.property(v6, v6, (a, b) => {
        const bits = (address: string) => new URL(`http://[${address}]`).hostname;
        const prefix = (address: string) => {
          // What the URL standard writes, spelled out in full.
          const [before = "", after] = bits(address).slice(1, -1).split("::");
          const groups = (text: string) => (text === "" ? [] : text.split(":"));
          const [head, tail] = [groups(before), groups(after ?? "")];
          const gap = after === undefined ? 0 : 8 - head.length - tail.length;
          return [...head, ...Array<string>(gap).fill("0"), ...tail].slice(0, 4).join(":");
        };
        const isMapped = (address: string) => /^\[::ffff:/.test(bits(address));
        fc.pre(!isMapped(a) && !isMapped(b));
        expect(addressKey(a) === addressKey(b)).toBe(prefix(a) === prefix(b));
      }),
    );
  });

  it("never throws, whatever is handed in", () => {
    fc.assert(fc.property(fc.string(), (text) => void addressKey(text)));
  });
});

describe("trusted proxies", () => {
  const proxies = new TrustedProxies([...THIS_MACHINE, "192.0.2.1", "10.0.0.0/8", "2001:db8::/32"]);

  it.each(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "192.0.2.1", "10.1.2.3"])(
    "have %s among them",
    (address) => expect(proxies.has(address)).toBe(true),
  );

  it.each(["192.0.2.2", "11.0.0.1", "2001:db9::1", "", undefined])("don't have %s", (address) => {
    expect(proxies.has(address)).toBe(false);
  });

  it("are read over from the right, up to who isn't one", () => {
    expect(proxies.clientOf("10.0.0.1", "203.0.113.9, 198.51.100.7, 192.0.2.1")).toBe(
      "198.51.100.7",
    );
  });

  it("are the only ones that are believed", () => {
    expect(proxies.clientOf("203.0.113.1", "198.51.100.7")).toBe("203.0.113.1");
  });

  it("count themselves where they name nobody, or no address", () => {
    expect(proxies.clientOf("10.0.0.1", undefined)).toBe("10.0.0.1");
    expect(proxies.clientOf("10.0.0.1", "unknown")).toBe("10.0.0.1");
    expect(proxies.clientOf("10.0.0.1", ["192.0.2.1", "10.0.0.2"])).toBe("192.0.2.1");
  });
});
