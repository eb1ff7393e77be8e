import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Entry {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

// npm leaves optional packages for other platforms out where a registry doesn't have them yet, and
// `npm ci` then refuses the lock file on every platform.
const path = new URL("../package-lock.json", import.meta.url);
const packages: Readonly<Record<string, Entry>> = JSON.parse(readFileSync(path, "utf8")).packages;

it("the lock file names the packages of every platform, so that `npm ci` takes it", () => {
  const missing = Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => {
      const places = [`${parent}/node_modules/${name}`, `node_modules/${name}`];
      return places.every((place) => packages[place] === undefined);
    }),
  );
  expect(missing).toEqual([]);
});

it("the lock file holds no addresses: whoever installs, does so from their own registry", () => {
  const addresses = Object.values(packages).filter(({ link, resolved }) => !link && resolved);
  expect(addresses).toEqual([]);
});
