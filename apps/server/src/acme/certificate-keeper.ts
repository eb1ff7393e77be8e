import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type CertificateFacts, inspectCertificate } from "@rostra/edge";
import type { Cancel, Clock } from "@rostra/wire";
import type { Logger } from "pino";
import { ConfigError } from "../config.ts";
import { type AcmeConfig, acmeFiles } from "./acme-config.ts";
import { renewAtMs, retryAfterMs } from "./due.ts";
import type { AcmeMessage } from "./main.ts";

const PROGRAM = fileURLToPath(new URL("./main.ts", import.meta.url));
/** Between two looks at most: somebody else may have replaced the file, or the clock been set. */
const LOOK_MS = 12 * 3_600_000;
const SHORTEST_MS = 500;
/** An authority that takes longer is asked anew. */
const ORDER_LIMIT_MS = 5 * 60_000;
/** While another process of this machine is at it. */
const BUSY_MS = 30_000;

export interface CertificateKeeperOptions {
  readonly acme: AcmeConfig;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Sees to it that there is a certificate, and a new one in time. Edges notice by themselves that the
 * file has changed. Owns the process that orders; nothing waits for it once something can be served.
 */
export class CertificateKeeper {
  /** Resolves when there is a certificate of the authority's, or the first try has failed. */
  readonly settled: Promise<void>;
  readonly #options: CertificateKeeperOptions;
  readonly #settle: () => void;
  #child: ChildProcess | undefined;
  #cancel: Cancel = () => {};
  #failures = 0;
  #closed = false;

  private constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.settled = promise;
    this.#settle = resolve;
  }

  /**
   * Resolves as soon as the port can be opened: at once where there is a certificate already.
   * @throws {ConfigError} where not even that can be had: the folder can't be written to
   */
  static async start(options: CertificateKeeperOptions): Promise<CertificateKeeper> {
    const keeper = new CertificateKeeper(options);
    if ((await keeper.#facts()) === undefined) await keeper.#order();
    else keeper.#later(0);
    return keeper;
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
    this.#child?.kill();
    this.#settle();
  }

  #later(delayMs: number): void {
    if (this.#closed) return;
    this.#cancel = this.#options.clock.after(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { acme, clock } = this.#options;
    const facts = await this.#facts();
    const waitMs = (facts === undefined ? 0 : renewAtMs(facts, acme.domains)) - clock.nowMs();
    if (this.#closed) return;
    if (waitMs <= 0) {
      // Said by the order itself, and tried again: nobody waits here.
      await this.#order().catch(() => {});
    } else {
      this.#settle();
      this.#later(Math.max(SHORTEST_MS, Math.min(waitMs, LOOK_MS)));
    }
  }

  /** @returns undefined where there is nothing that could be served */
  async #facts(): Promise<CertificateFacts | undefined> {
    const { certificate } = acmeFiles(this.#options.acme);
    return inspectCertificate({ certFile: certificate, keyFile: certificate }).catch(
      () => undefined,
    );
  }

  /** Resolves when something can be served; the order itself goes on, and says how it ended. */
  async #order(): Promise<void> {
    const child = fork(PROGRAM, [JSON.stringify(this.#options.acme)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    let ending: AcmeMessage = { kind: "failed", line: "the order was cut short" };
    const limit = setTimeout(() => child.kill(), ORDER_LIMIT_MS);
    const servable = Promise.withResolvers<void>();
    child.on("message", (message: AcmeMessage) => {
      if (message.kind === "servable") servable.resolve();
      else ending = message;
    });
    child.once("error", (error) => (ending = { kind: "failed", line: error.message }));
    child.once("close", () => {
      clearTimeout(limit);
      if (ending.kind === "failed") servable.reject(new ConfigError(ending.line));
      else servable.resolve();
      if (!this.#closed) this.#ended(ending);
    });
    await servable.promise;
  }

  #ended(ending: AcmeMessage): void {
    const { log, acme } = this.#options;
    this.#child = undefined;
    if (ending.kind === "failed") {
      this.#failures += 1;
      const retryMs = retryAfterMs(this.#failures, Math.random());
      const minutes = Math.round(retryMs / 60_000);
      log.error({ failures: this.#failures }, `${ending.line}; trying again in ${minutes} min`);
      this.#settle();
      this.#later(retryMs);
      return;
    }
    if (ending.kind === "done") log.info({ domains: acme.domains }, "there is a new certificate");
    this.#failures = 0;
    this.#later(ending.kind === "busy" ? BUSY_MS : 0);
  }
}
