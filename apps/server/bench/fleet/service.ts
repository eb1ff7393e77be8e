import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type Host, type RunOptions, runOn, type TestNetwork } from "./network.ts";

/** As deploy/systemd has it: RestartSec. */
const RESTART_MS = 1_000;
const READY_LIMIT_MS = 30_000;
const KEPT_OUTPUT = 100_000;

export interface ServiceOptions {
  readonly host: Host;
  readonly command: readonly string[];
  readonly run?: RunOptions;
  /** What it says when it is ready. */
  readonly ready: RegExp;
}

/** A program of the fleet that doesn't start. */
class ServiceError extends Error {}

/** One program on one host, started again a second after it died, as a service manager would. */
export class Service {
  readonly host: Host;
  readonly #network: TestNetwork;
  readonly #options: ServiceOptions;
  /** Beside the options' own, from the next start on. */
  extraEnv: Readonly<Record<string, string>> = {};
  #child: ChildProcess | undefined;
  #ready: Promise<void> = Promise.resolve();
  #wanted = false;
  #output = "";

  constructor(network: TestNetwork, options: ServiceOptions) {
    this.host = options.host;
    this.#network = network;
    this.#options = options;
  }

  /** Resolves when it is ready. */
  start(): Promise<void> {
    this.#wanted = true;
    this.#launch();
    return this.#ready;
  }

  /** Its last words, for when something is wrong. */
  get output(): string {
    return this.#output;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** As a crash; it comes back by itself. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Resolves when it is ready (again). */
  async isReady(): Promise<void> {
    await this.#ready;
  }

  /** For good. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.resume();
    await this.kill();
  }

  #launch(): void {
    const { host, command, run, ready } = this.#options;
    const env = { ...run?.env, ...this.extraEnv };
    const child = runOn(this.#network, host, command, { ...run, env });
    this.#child = child;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let said = "";
    const take = (data: Buffer) => {
      this.#output = (this.#output + data.toString()).slice(-KEPT_OUTPUT);
      said = (said + data.toString()).slice(-KEPT_OUTPUT);
      if (ready.test(said)) resolve();
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.once("exit", () => {
      reject(new ServiceError(`${host} ended:\n${said.slice(-3_000)}`));
      void this.#again(child);
    });
    const late = new ServiceError(`${host} isn't ready:\n${said}`);
    const limit = setTimeout(() => reject(late), READY_LIMIT_MS);
    this.#ready = promise.finally(() => clearTimeout(limit));
    // Whether it comes up is asked for elsewhere, or not at all.
    this.#ready.catch(() => {});
  }

  async #again(ended: ChildProcess): Promise<void> {
    await sleep(RESTART_MS);
    if (this.#wanted && this.#child === ended) this.#launch();
  }
}
