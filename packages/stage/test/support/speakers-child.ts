// Runs in a process of its own: see speakers-process.ts.
import { WhipPeer } from "@rostra/testkit";
import { FRAME_MS, FRAME_SAMPLES, parseRtp, type RtpPacket } from "@rostra/wire";
import { seededRandom } from "./random.ts";
import { syntheticVoice } from "./synthetic-voice.ts";
import { encodeUplink } from "./uplink.ts";

/** What is said: see `syntheticVoice`. */
export interface Voice {
  readonly seed: number;
  readonly pitchHz: number;
}

export type SpeakersCall =
  | { readonly do: "connect"; who: string; whipUrl: string; token: string }
  | { readonly do: "speak"; who: string; voice: Voice; right: Voice | undefined }
  | { readonly do: "report"; who: string; atMs: number }
  | { readonly do: "garbage"; who: string; count: number }
  | { readonly do: "heard"; who: string }
  | { readonly do: "leave"; who: string };

export type ReceivedPacket = Pick<RtpPacket, "sequence" | "timestamp" | "payload">;

/** Ten minutes: a test that listens for longer has other troubles. */
const MAX_HEARD_PACKETS = 30_000;
const VOICE_SECONDS = 8;

interface Person {
  readonly peer: WhipPeer;
  readonly heard: ReceivedPacket[];
  timestamp: number;
  timer: NodeJS.Timeout | undefined;
}

const people = new Map<string, Person>();

function personOf(who: string): Person {
  const person = people.get(who);
  if (person === undefined) throw new TypeError(`${who} isn't connected`);
  return person;
}

async function connect(who: string, whipUrl: string, token: string): Promise<void> {
  const peer = await WhipPeer.connect(whipUrl, token);
  const person: Person = { peer, heard: [], timestamp: 0, timer: undefined };
  peer.onPacket(({ sequence, timestamp, payload }) => {
    if (person.heard.length < MAX_HEARD_PACKETS) {
      person.heard.push({ sequence, timestamp, payload: payload.slice() });
    }
  });
  people.set(who, person);
}

/** @param right what is said on the right in stereo, of which `voice` is the left */
async function speak(who: string, voice: Voice, right: Voice | undefined): Promise<void> {
  const person = personOf(who);
  const [left, other] = [voice, right].map(
    (one) => one && syntheticVoice({ ...one, seconds: VOICE_SECONDS, peak: 0.4 }),
  );
  const spoken = await encodeUplink(left!, other === undefined ? {} : { right: other });
  const packets = spoken.map(({ datagram }) => parseRtp(datagram).payload);
  const startMs = performance.now();
  let sent = 0;
  // As many as are due by the clock: late timers don't slow the voice down.
  person.timer = setInterval(() => {
    for (; sent * FRAME_MS <= performance.now() - startMs; sent += 1) {
      person.peer.send(packets[sent % packets.length]!, person.timestamp);
      person.timestamp += FRAME_SAMPLES;
    }
  }, FRAME_MS / 2);
}

function sendGarbage(who: string, count: number): void {
  const person = personOf(who);
  const random = seededRandom(count);
  for (let index = 0; index < count; index += 1) {
    const bytes = Uint8Array.from({ length: Math.floor(random() * 300) }, () => random() * 256);
    person.peer.send(bytes, Math.floor(random() * 2 ** 32));
  }
}

async function leave(who: string): Promise<void> {
  const person = personOf(who);
  clearInterval(person.timer);
  people.delete(who);
  await person.peer.leave();
}

async function answer(call: SpeakersCall): Promise<unknown> {
  switch (call.do) {
    case "connect":
      return connect(call.who, call.whipUrl, call.token);
    case "speak":
      return speak(call.who, call.voice, call.right);
    case "report": {
      const { peer, timestamp } = personOf(call.who);
      return peer.report(timestamp, call.atMs);
    }
    case "garbage":
      return sendGarbage(call.who, call.count);
    case "heard":
      return personOf(call.who).heard.splice(0);
    case "leave":
      return leave(call.who);
  }
}

process.on("message", (message: SpeakersCall & { id: number }) => {
  answer(message).then(
    (result) => process.send?.({ id: message.id, result }),
    (error: unknown) => process.send?.({ id: message.id, error: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
