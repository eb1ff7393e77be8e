import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { HOSTS, type Host, type TestNetwork, type Traffic } from "./network.ts";
import { dropProgram } from "./packet-filter.ts";

/**
 * A network of namespaces: a switch (a bridge in a namespace of its own, where the bench runs) and a
 * namespace for each host, with a pair of veth devices for its cable. The machine's own network is not
 * touched. Each name holds the pid of the process that made it.
 */

const SUBNET = "10.77.0";
const BRIDGE = "switch";
const CABLE = fileURLToPath(new URL("./delay-cable.ts", import.meta.url));
const QUEUE = "/proc/sys/net/core/netdev_max_backlog";
/** Packets: a card's ring for each host. */
const WIDE_QUEUE = 20_000;
const NAMES = /^rostra-(\d+)-/;
/** Both ends of a cable are in the switch's namespace: what a host sends comes in there. */
const HOOKS = { from: "ingress", to: "egress" } as const;

/** Whether this process may make namespaces. */
export function mayMakeNamespaces(): boolean {
  const name = namespaceOf(process.pid, "probe");
  try {
    ip("netns", "add", name);
    ip("netns", "del", name);
    return true;
  } catch {
    return false;
  }
}

export function namespaceOf(pid: number, host: string): string {
  return `rostra-${pid}-${host}`;
}

/**
 * One queue for each core stands between all veth devices of a machine, where each host of a real network
 * has a card's own: a thousand packets are few when thousands of connections begin or end at once.
 * @returns what puts it back; nothing is done where this process may not
 */
export function widenQueue(): () => void {
  try {
    const before = readFileSync(QUEUE, "utf8");
    writeFileSync(QUEUE, String(WIDE_QUEUE));
    return () => writeFileSync(QUEUE, before);
  } catch {
    return () => {};
  }
}

/** Makes all of it, for whoever runs in the switch's namespace; `removeNamespaces` ends it. */
export function makeNamespaces(pid: number): void {
  sweep();
  const center = namespaceOf(pid, BRIDGE);
  ip("netns", "add", center);
  for (const host of HOSTS) ip("netns", "add", namespaceOf(pid, host));
  inside(center, "link", "add", BRIDGE, "type", "bridge");
  inside(center, "addr", "add", `${SUBNET}.1/24`, "dev", BRIDGE);
  for (const device of ["lo", BRIDGE]) inside(center, "link", "set", device, "up");
  for (const [at, host] of HOSTS.entries()) {
    const namespace = namespaceOf(pid, host);
    const veth = ["type", "veth", "peer", "name", "eth0", "netns", namespace];
    inside(center, "link", "add", host, ...veth);
    inside(center, "link", "set", host, "master", BRIDGE, "up");
    inside(namespace, "addr", "add", addressOf(at), "dev", "eth0");
    for (const device of ["lo", "eth0"]) inside(namespace, "link", "set", device, "up");
  }
}

/** Ends what still runs in them, and removes them. */
export function removeNamespaces(pid: number): void {
  for (const name of namespacesOf((maker) => maker === pid)) {
    for (const inside of ip("netns", "pids", name).split("\n").filter(Boolean)) {
      try {
        process.kill(Number(inside), "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
    ip("netns", "del", name);
  }
}

/** What a run left behind that was itself killed. */
function sweep(): void {
  const gone = new Set<number>();
  namespacesOf((maker) => {
    if (!isAlive(maker)) gone.add(maker);
    return false;
  });
  for (const maker of gone) removeNamespaces(maker);
}

function namespacesOf(isWanted: (maker: number) => boolean): string[] {
  let names: string[] = [];
  try {
    names = readdirSync("/run/netns");
  } catch {
    // Nobody has made any yet.
  }
  return names.filter((name) => {
    const maker = NAMES.exec(name)?.[1];
    return maker !== undefined && isWanted(Number(maker));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function addressOf(index: number): string {
  return `${SUBNET}.${index + 11}/24`;
}

function inside(namespace: string, ...args: string[]): string {
  return ip("-n", namespace, ...args);
}

function ip(...args: string[]): string {
  return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** The network as the bench sees it, from within the switch's namespace. */
export class NamespaceNetwork implements TestNetwork {
  readonly kind = "network namespaces: each host with its own address on one switch";
  readonly hasLinks = true;
  readonly ownAddress = `${SUBNET}.1`;
  readonly #maker: number;
  /** Hosts whose packets are dropped by a filter. */
  readonly #filtered = new Set<Host>();
  #mend: (() => void)[] = [];

  /** @param maker pid of who has called {@link makeNamespaces} */
  constructor(maker: number) {
    this.#maker = maker;
  }

  address(host: Host): string {
    return `${SUBNET}.${HOSTS.indexOf(host) + 11}`;
  }

  prefix(host: Host): readonly string[] {
    return ["ip", "netns", "exec", namespaceOf(this.#maker, host)];
  }

  drop({ host, direction, peer }: Traffic, share: number): void {
    tc("qdisc", "replace", "dev", host, "clsact");
    const address = peer === undefined ? undefined : this.address(peer);
    for (const way of direction === "both" ? (["from", "to"] as const) : [direction]) {
      const end = way === "from" ? "destination" : "source";
      const bytecode = dropProgram({ share, ...(address !== undefined && { [end]: address }) });
      const where = ["dev", host, HOOKS[way], "protocol", "all"];
      tc("filter", "add", ...where, "bpf", "direct-action", "bytecode", bytecode);
    }
    this.#filtered.add(host);
  }

  unplug(host: Host): void {
    ip("link", "set", host, "down");
    this.#mend.push(() => ip("link", "set", host, "up"));
  }

  async delay(host: Host, delayMs: number): Promise<void> {
    const [near, far, joint] = [`${host}-a`, `${host}-b`, `${host}-c`];
    const child = spawn(process.execPath, [CABLE, near, far, String(delayMs)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await ready(child);
    ip("link", "add", joint, "type", "bridge");
    ip("link", "set", near, "master", joint, "up");
    ip("link", "set", far, "master", BRIDGE, "up");
    ip("link", "set", joint, "up");
    ip("link", "set", host, "master", joint);
    this.#mend.push(() => {
      ip("link", "set", host, "master", BRIDGE);
      ip("link", "del", joint);
      child.stdin?.end();
    });
  }

  heal(): void {
    for (const host of this.#filtered) tc("qdisc", "del", "dev", host, "clsact");
    this.#filtered.clear();
    const mend = this.#mend;
    this.#mend = [];
    for (const each of mend.reverse()) each();
  }
}

async function ready(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit").then(() => {
    throw new Error("the delaying cable doesn't run: are there socat and /dev/net/tun?");
  });
  await Promise.race([once(child.stdout!, "data"), ended]);
  ended.catch(() => {});
}

function tc(...args: string[]): void {
  execFileSync("tc", args, { stdio: ["ignore", "ignore", "inherit"] });
}
