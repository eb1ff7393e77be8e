import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/**
 * What the machine under a test network was busy with, from /proc (proc(5)). All hosts share its
 * cores, so that a row of a table means little without it.
 */

/** The kernel's clock ticks, in which it counts CPU time, are 10 ms long wherever Node runs. */
const TICK_MS = 10;

/** Everything at one moment: sums since the machine, or the process, began. */
interface Snapshot {
  readonly atMs: number;
  readonly idleMs: number;
  /** In which a virtual machine's cores were wanted here and given to another one (proc(5): steal). */
  readonly stolenMs: number;
  /** Packets that the kernel's queue between network devices had no room for. */
  readonly droppedPackets: number;
  /** By pid. */
  readonly processes: ReadonlyMap<number, { readonly parent: number; readonly cpuMs: number }>;
}

/** What a stretch of time cost. */
export interface MachineLoad {
  /** Of all cores: share of the time in which they were busy, 0 to 1; with what was stolen. */
  readonly busy: number;
  /** Of all cores: share of the time that other virtual machines had of what was wanted here, 0 to 1. */
  readonly stolen: number;
  /** By part of the fleet, CPU ms a second; the kernel's work on packets is in them. */
  readonly parts: Readonly<Record<string, number>>;
  readonly droppedPackets: number;
}

/** Which part a process belongs to is told by the nearest of its ancestors that has a name. */
export class MachineMeter {
  readonly #names: () => ReadonlyMap<number, string>;
  #last: Snapshot;

  /** @param names of processes, by pid */
  constructor(names: () => ReadonlyMap<number, string>) {
    this.#names = names;
    this.#last = look();
  }

  /** Of the time since this was asked last. What died meanwhile is in `busy` alone. */
  take(): MachineLoad {
    const [before, now] = [this.#last, look()];
    this.#last = now;
    const ms = Math.max(1, now.atMs - before.atMs);
    const parts: Record<string, number> = {};
    const names = this.#names();
    for (const [pid, { cpuMs }] of now.processes) {
      const name = nameOf(pid, now, names);
      const spent = cpuMs - (before.processes.get(pid)?.cpuMs ?? 0);
      parts[name] = (parts[name] ?? 0) + (spent * 1_000) / ms;
    }
    const share = (spentMs: number) =>
      Math.min(1, Math.max(0, spentMs / (ms * availableParallelism())));
    return {
      busy: 1 - share(now.idleMs - before.idleMs),
      stolen: share(now.stolenMs - before.stolenMs),
      parts,
      droppedPackets: now.droppedPackets - before.droppedPackets,
    };
  }
}

function nameOf(pid: number, { processes }: Snapshot, names: ReadonlyMap<number, string>): string {
  for (let at = pid; at > 1; at = processes.get(at)?.parent ?? 0) {
    const name = names.get(at);
    if (name !== undefined) return name;
  }
  return "the rest of the machine";
}

function look(): Snapshot {
  const processes = new Map<number, { parent: number; cpuMs: number }>();
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    const stat = pid > 0 ? readOrNothing(`/proc/${entry}/stat`) : "";
    // The name is in brackets and may hold anything: state, parent and so on come after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields.length < 14) continue;
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    processes.set(pid, { parent: Number(fields[1]), cpuMs });
  }
  const [, , , , idle, iowait, , , steal] = readOrNothing("/proc/stat").split(/\s+/);
  return {
    atMs: performance.now(),
    idleMs: (Number(idle) + Number(iowait)) * TICK_MS,
    stolenMs: Number(steal) * TICK_MS,
    droppedPackets: dropped(readOrNothing("/proc/net/softnet_stat")),
    processes,
  };
}

/** A line for each core, in hexadecimal: the second field counts packets that found no room. */
function dropped(softnet: string): number {
  const lines = softnet.split("\n").filter(Boolean);
  return lines.reduce((sum, line) => sum + Number.parseInt(line.split(" ")[1]!, 16), 0);
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It has ended meanwhile, or this isn't Linux.
    return "";
  }
}
