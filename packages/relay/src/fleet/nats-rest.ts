import type { NatsConnection, NatsConnectionImpl } from "@nats-io/transport-node";

/** What Node keeps behind a TCP socket, as far as it's used here. */
interface ReadingHandle {
  readStop(): void;
  readStart(): void;
}

/**
 * Lets a connection's bytes lie in the kernel, or reads again. The client of NATS has no word for that, and a
 * socket's `pause()` goes on reading until its buffer is full, which wakes the process up as often. So this
 * reaches behind both; where nothing is found there, or TLS lies between, all is read as it comes.
 */
export function restReading(connection: NatsConnection, isResting: boolean): void {
  const handle = handleOf(connection);
  if (isResting) handle?.readStop();
  else handle?.readStart();
}

function handleOf(connection: NatsConnection): ReadingHandle | undefined {
  const { protocol } = connection as Partial<NatsConnectionImpl>;
  const transport = protocol?.transport as
    | {
        readonly socket?: {
          readonly encrypted?: boolean;
          readonly _handle?: Partial<ReadingHandle>;
        };
      }
    | undefined;
  const socket = transport?.socket;
  const handle = socket?.encrypted === true ? undefined : socket?._handle;
  const isKnown = typeof handle?.readStop === "function" && typeof handle.readStart === "function";
  return isKnown ? (handle as ReadingHandle) : undefined;
}
