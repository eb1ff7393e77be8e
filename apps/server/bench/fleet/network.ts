import { type ChildProcess, spawn } from "node:child_process";

/** A host of the test network; its name is also the name of what runs on it. */
export const HOSTS = [
  "nats-1",
  "nats-2",
  "postgres",
  "control-1",
  "control-2",
  "stage-1",
  "stage-2",
  "stage-3",
  "edge-1",
  "edge-2",
  "listeners",
] as const;
export type Host = (typeof HOSTS)[number];

/** Which packets: those of a host, in one direction or both, to one other or to all. */
export interface Traffic {
  readonly host: Host;
  /** `from` what it sends, `to` what it is sent, `both`. */
  readonly direction: "from" | "to" | "both";
  /** Left out: all others. */
  readonly peer?: Host;
}

/** What a network of several hosts, made for a bench, can do to its links. */
export interface TestNetwork {
  /** In words, for the report. */
  readonly kind: string;
  /** Whether links can be cut: on loopback there are none. */
  readonly hasLinks: boolean;
  /** Where the speakers are, and the ears of the sample. */
  readonly ownAddress: string;
  address(host: Host): string;
  /** How a command is started on a host: what stands before it. */
  prefix(host: Host): readonly string[];
  /** Drops a share of packets, 0 to 1, until {@link heal}. */
  drop(traffic: Traffic, share: number): void;
  /** Takes the host's cable out, until {@link heal}. */
  unplug(host: Host): void;
  /** Makes all packets of a host later, both ways, until {@link heal}. */
  delay(host: Host, delayMs: number): Promise<void>;
  /** All links are as they were. */
  heal(): void;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
}

/** Starts a program on a host; its output is the caller's to read. */
export function runOn(
  network: TestNetwork,
  host: Host,
  command: readonly string[],
  { env = {}, ...options }: RunOptions = {},
): ChildProcess {
  const [program, ...args] = [...network.prefix(host), ...command];
  return spawn(program!, args, {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
}
