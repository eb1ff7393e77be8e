import { type ChildProcess, fork } from "node:child_process";
import { type Role, RostraError } from "@rostra/wire";
import type { Logger } from "pino";
import type { RoleAssignment } from "../config.ts";
import { EXIT_FOR_GOOD } from "../exit-code.ts";

/** Tells a process that has loaded everything to begin. */
export const START_MESSAGE = "start";
/**
 * A process that lived this long gets its next restart without delay: what can't run dies sooner,
 * and a stage that was killed again after a few seconds must not wait for a backoff.
 */
const STABLE_AFTER_MS = 3_000;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;
/** How long after a start the next standby is prepared. */
const SPARE_AFTER_MS = 3_000;
/** A role that has not drained by then is killed. */
const DRAIN_LIMIT_MS = 10_000;

/** A role can't start, has said why, and would not fare better the next time. */
export class RoleRefused extends RostraError {
  constructor(name: string) {
    super("bad-config", `${name} can't start: it has said why`);
  }
}

export interface ChildRoleOptions {
  readonly assignment: RoleAssignment;
  readonly program: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /**
   * Keeps a second process ready that has loaded everything and waits: it takes over at once where
   * a new one would take most of a second. For the role whose absence everybody hears.
   */
  readonly standby: boolean;
}

/** Keeps one role alive: starts its process, starts it again when it dies, stops it when told. */
export class ChildRole {
  readonly #options: ChildRoleOptions;
  #process: ChildProcess | undefined;
  #spare: ChildProcess | undefined;
  #spareTimer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #startedAtMs = 0;
  #failures = 0;
  #stopping = false;
  readonly #refusal = Promise.withResolvers<never>();

  constructor(options: ChildRoleOptions) {
    this.#options = options;
    // Whoever started everything waits for it at first; later on nobody does.
    this.#refusal.promise.catch(() => {});
  }

  /** Rejects with {@link RoleRefused} where only a person can make it start; never resolves. */
  get refused(): Promise<never> {
    return this.#refusal.promise;
  }

  get name(): string {
    return this.#options.assignment.name;
  }

  get role(): Role {
    return this.#options.assignment.role;
  }

  start(): void {
    this.#startedAtMs = performance.now();
    const child = this.#spare ?? this.#fork();
    this.#spare = undefined;
    this.#process = child;
    child.once("exit", (code, signal) => this.#exited(child, code, signal));
    child.send(START_MESSAGE, () => {});
    // Not at once: what starts now needs the cores itself.
    clearTimeout(this.#spareTimer);
    if (this.#options.standby) {
      this.#spareTimer = setTimeout(() => this.#prepareSpare(), SPARE_AFTER_MS);
    }
  }

  #fork(): ChildProcess {
    const { assignment, program, env, log } = this.#options;
    const { role, name, relayPath } = assignment;
    const child = fork(program, {
      env: { ...env, ROSTRA_ROLE: role, ROSTRA_NAME: name, ROSTRA_RELAY: relayPath },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child.once("error", (error) => log.error({ role: name, err: error }, "can't run"));
    return child;
  }

  #prepareSpare(): void {
    const spare = this.#fork();
    this.#spare = spare;
    // One that dies while it waits is simply not there; the next start forks as ever.
    spare.once("exit", () => {
      if (this.#spare === spare) this.#spare = undefined;
    });
  }

  /** Asks the role to drain; resolves when its process has gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#spareTimer);
    // It holds nothing yet that would have to be drained.
    this.#spare?.kill("SIGKILL");
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const limit = setTimeout(() => {
      this.#options.log.warn({ role: this.name }, "did not drain in time: killed");
      child.kill("SIGKILL");
    }, DRAIN_LIMIT_MS);
    child.kill("SIGTERM");
    await gone;
    clearTimeout(limit);
  }

  #exited(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#process !== child || this.#stopping) return;
    if (code === EXIT_FOR_GOOD) this.#refusal.reject(new RoleRefused(this.name));
    const livedMs = performance.now() - this.#startedAtMs;
    this.#failures = livedMs > STABLE_AFTER_MS ? 0 : this.#failures + 1;
    const delayMs = this.#retryDelayMs();
    this.#options.log.warn({ role: this.name, code, signal, delayMs }, "died: starting it again");
    this.#retry = setTimeout(() => this.start(), delayMs);
  }

  #retryDelayMs(): number {
    if (this.#failures <= 1) return 0;
    return Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 2), LONGEST_RETRY_MS);
  }
}
