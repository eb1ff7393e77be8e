import { readFile } from "node:fs/promises";
import { DEFAULT_MARKS } from "@rostra/edge";
import type { Config } from "../../config.ts";
import { type Finding, ok, warning, wrong } from "../finding.ts";

/** As package.json's own `npm run` has it: .ts files run as they are from here on. */
const OLDEST_NODE = [22, 18] as const;
/** What a process needs besides one descriptor for each listener. */
const OTHER_DESCRIPTORS = 500;
/** An edge asks for so many places in the queue of connections to be accepted. */
const WANTED_BACKLOG = 4_096;
/** libjuice, which carries WebRTC, asks for a receive buffer of this size. */
const WANTED_UDP_BUFFER_BYTES = 1_048_576;

/** @param version as process.versions.node has it */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldest, oldestMinor] = OLDEST_NODE;
  const isOld = major < oldest || (major === oldest && minor < oldestMinor);
  if (isOld) return wrong("Node.js", `${version} is too old: use 24, or ${OLDEST_NODE.join(".")}`);
  if (major < 24) return warning("Node.js", `${version} works; Rostra is tried with 24`);
  return ok("Node.js", version);
}

/** @param limit descriptors that a process of this user may have; null where that isn't known */
export function checkDescriptors(limit: number | null, edge: Config["edge"]): Finding {
  const check = "descriptors";
  if (limit === null) return warning(check, "this system doesn't tell how many a process may have");
  const listeners = edge.listeners ?? DEFAULT_MARKS.listeners;
  const hls = edge.hlsListeners ?? DEFAULT_MARKS.hlsListeners;
  const wanted = listeners + hls + OTHER_DESCRIPTORS;
  if (limit >= wanted) return ok(check, `${limit} a process, for ${listeners} listeners each`);
  const advice = `set LimitNOFILE=${wanted} (systemd) or ulimit -n ${wanted}, or ROSTRA_EDGE_LISTENERS lower`;
  const text = `${limit} a process: too few for ${listeners} listeners each; ${advice}`;
  return limit < 2 * OTHER_DESCRIPTORS ? wrong(check, text) : warning(check, text);
}

/** The hard limit: Node.js raises its own to that when it starts. */
export async function descriptorLimit(): Promise<number | null> {
  const limits = await textOf("/proc/self/limits");
  const line = /^Max open files\s+\S+\s+(\S+)/m.exec(limits ?? "");
  if (line === null) return null;
  return line[1] === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(line[1]);
}

/** Settings of the kernel that a crowd or many speakers need. Those that can't be read are left. */
export async function checkKernel(forEdge: boolean, forStage: boolean): Promise<Finding[]> {
  const findings: Finding[] = [];
  const look = async (name: string, judge: (value: number) => Finding) => {
    const text = await textOf(`/proc/sys/${name.replaceAll(".", "/")}`);
    if (text !== undefined) findings.push(judge(Number(text)));
  };
  if (forEdge) {
    await look("net.core.somaxconn", (value) =>
      atLeast("net.core.somaxconn", value, WANTED_BACKLOG, "connections of a storm get lost"),
    );
    const listeners = DEFAULT_MARKS.listeners;
    await look("net.netfilter.nf_conntrack_max", (value) =>
      atLeast(
        "net.netfilter.nf_conntrack_max",
        value,
        2 * listeners,
        "the firewall drops listeners",
      ),
    );
  }
  if (forStage) {
    await look("net.core.rmem_max", (value) =>
      atLeast("net.core.rmem_max", value, WANTED_UDP_BUFFER_BYTES, "voices may lose packets"),
    );
  }
  return findings;
}

function atLeast(name: string, value: number, wanted: number, otherwise: string): Finding {
  if (value >= wanted) return ok(name, String(value));
  return warning(name, `${value}: ${otherwise}; run sysctl -w ${name}=${wanted}`);
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch {
    return undefined;
  }
}
