import { connect } from "node:net";
import type { SeededRandom } from "./random.ts";
import {
  bearableMessage,
  handshake,
  hostileMessage,
  politeRequest,
  rudeRequest,
} from "./requests.ts";

/** What came back, over all connections. */
export interface Answers {
  sent: number;
  connections: number;
  /** Status lines by their number. */
  readonly byStatus: Map<string, number>;
  /** Connections that the other end has closed. */
  closed: number;
}

/** Connections at once, and how long one waits for what it asked for, ms. */
const AT_ONCE = 48;
const PATIENCE_MS = 1_500;
/** How long a listener stays after its last message, ms: time to be cut, or not. */
const LINGER_MS = 50;
/** As many as an edge answers on one connection without waiting. */
const PIPELINED = 12;
const MESSAGES = 40;

/** Sends `count` hostile requests and messages over real connections; adds to the answers. */
export async function abuseSockets(
  random: SeededRandom,
  target: { readonly port: number; readonly live: string },
  count: number,
  answers: Answers,
): Promise<void> {
  const enough = answers.sent + count;
  const abuse = async () => {
    while (answers.sent < enough) {
      answers.connections += 1;
      const pieces = random.pick([polite, polite, polite, rude, listener])(random, target.live);
      answers.sent += pieces.requests;
      await speak(random, target.port, pieces, answers);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, abuse));
}

interface Speech {
  readonly requests: number;
  readonly bytes: readonly Uint8Array[];
  /** Status lines after which there is nothing more to wait for. */
  readonly expected: number;
  /** How long it stays after that, ms. */
  readonly lingerMs?: number;
}

/** Several in one write, answered in order on one connection. */
function polite(random: SeededRandom, live: string): Speech {
  const requests = Array.from({ length: PIPELINED }, () => politeRequest(random, live));
  const bytes = [Buffer.from(requests.join(""), "latin1")];
  return { requests: PIPELINED, bytes, expected: PIPELINED };
}

function rude(random: SeededRandom, live: string): Speech {
  return { requests: 1, bytes: [rudeRequest(random, live)], expected: 1 };
}

/** Joins as it should, and talks nonsense then, up to what ends it. */
function listener(random: SeededRandom, live: string): Speech {
  const messages = Array.from({ length: MESSAGES }, (_, at) =>
    at === MESSAGES - 1 ? hostileMessage(random) : bearableMessage(random),
  );
  const bytes = [Buffer.from(handshake(live)), ...messages];
  return { requests: 1 + MESSAGES, bytes, expected: 1, lingerMs: LINGER_MS };
}

/** One connection from its first byte to its end. */
function speak(
  random: SeededRandom,
  port: number,
  speech: Speech,
  answers: Answers,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let seen = 0;
    const giveUp = () => socket.destroy();
    const timer = setTimeout(giveUp, PATIENCE_MS);
    socket.on("error", () => {});
    socket.on("end", () => (answers.closed += 1));
    socket.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.on("data", (bytes: Buffer) => {
      for (const [, status] of bytes.toString("latin1").matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
        answers.byStatus.set(status!, (answers.byStatus.get(status!) ?? 0) + 1);
        seen += 1;
      }
      if (seen >= speech.expected) setTimeout(giveUp, speech.lingerMs ?? 0);
    });
    for (const bytes of speech.bytes) {
      // Now and then cut where nothing ends.
      const cut = random.chance(0.2) ? random.below(bytes.length) : bytes.length;
      socket.write(bytes.subarray(0, cut));
      if (cut < bytes.length) setImmediate(() => socket.write(bytes.subarray(cut)));
    }
  });
}
