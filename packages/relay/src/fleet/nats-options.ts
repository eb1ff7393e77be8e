export interface NatsOptions {
  /** Of one server, or of the members of one cluster: `nats://127.0.0.1:4222`. */
  readonly servers: readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
}

/** What the client of NATS wants to know besides where the servers are. */
export function natsCredentials({ servers, user, password, token }: NatsOptions) {
  return {
    ...(user === undefined ? {} : { user, pass: password ?? "" }),
    ...(token === undefined ? {} : { token }),
    // Asked for tls://, the client by itself would do without where the server has none.
    ...(servers.some((server) => server.startsWith("tls:")) ? { tls: {} } : {}),
  };
}
