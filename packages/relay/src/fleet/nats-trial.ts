import { connect, type NatsConnection } from "@nats-io/transport-node";
import { type NatsOptions, natsCredentials } from "./nats-options.ts";

/** How long a server may take to answer, ms. */
const PATIENCE_MS = 2_000;

/** What one NATS server makes of us. */
export type NatsTrial =
  | { readonly outcome: "works"; readonly server: string; readonly roundTripMs: number }
  /** `why` says it in a word or two, for people. */
  | {
      readonly outcome: "unreachable" | "refused" | "forbidden";
      readonly server: string;
      readonly why: string;
    };

/**
 * Tries each server of a path on its own, as a process of `fleet` would use it: whether it answers,
 * lets us in, and carries what we say on the fleet's subjects. Nothing that others hear is said.
 */
export function tryNats(path: NatsOptions, fleet: string): Promise<NatsTrial[]> {
  return Promise.all(path.servers.map((server) => tryServer(server, path, fleet)));
}

async function tryServer(server: string, path: NatsOptions, fleet: string): Promise<NatsTrial> {
  let connection: NatsConnection;
  try {
    connection = await connect({ ...natsCredentials(path), ...PLAIN, servers: [server] });
  } catch (error) {
    const { name, message } = error as Error;
    const outcome = name === "AuthorizationError" ? "refused" : "unreachable";
    return { outcome, server, why: message };
  }
  try {
    const sentAtMs = performance.now();
    await echo(connection, `${fleet}.inbox.trial-${crypto.randomUUID()}`);
    return { outcome: "works", server, roundTripMs: performance.now() - sentAtMs };
  } catch (error) {
    return { outcome: "forbidden", server, why: (error as Error).message };
  } finally {
    // One that stopped answering meanwhile has nothing left that we wait for.
    void connection.close().catch(() => {});
  }
}

const PLAIN = { reconnect: false, timeout: PATIENCE_MS, ignoreClusterUpdates: true } as const;

/** Says something to itself. @throws where it isn't allowed to speak or to listen */
async function echo(connection: NatsConnection, subject: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error("nothing comes back")), PATIENCE_MS);
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === "error") reject(status.error);
    }
  })();
  connection.subscribe(subject, {
    callback: (error) => (error === null ? resolve() : reject(error)),
  });
  connection.publish(subject);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}
