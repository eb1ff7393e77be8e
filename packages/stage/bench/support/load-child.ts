// Participants by the dozen, in a process of its own: see load.ts. Nothing is encoded while it runs
// but the tones, so that it takes little from the machine that it shares with what is measured.
import { loadOpus, type OpusEncoder } from "@rostra/sound";
import { RtpSpeaker } from "@rostra/testkit";
import { FRAME_MS, FRAME_SAMPLES } from "@rostra/wire";
import { joinByJanus, joinByWhip } from "./doors.ts";
import type { LoadAnswer, LoadCall, Participant, Sound } from "./load.ts";
import { type Loop, loopsOf } from "./loops.ts";
import { TONE_EVERY_FRAMES, ToneEar, toneAt } from "./tones.ts";

/** Connections made at once: more would be a storm of handshakes, which isn't what is measured. */
const AT_ONCE = 4;
/** Packets of all participants are spread over the frame, as strangers' are. */
const TIMER_MS = 4;

interface Sender {
  readonly speaker: RtpSpeaker;
  readonly sound: Sound;
  readonly packets: Loop;
  readonly phaseMs: number;
  sent: number;
}

const opus = await loadOpus();
const toneEncoder: OpusEncoder = await opus.createEncoder({ bitrate: 32_000 });
const loops = await loopsOf();
const senders: Sender[] = [];
const ears: ToneEar[] = [];
const startMs = performance.now();
let joined = 0;

async function join({ door, sound, ears: listens }: Participant): Promise<void> {
  const index = joined;
  joined += 1;
  const speaker = await RtpSpeaker.connect((offer) =>
    door.kind === "whip" ? joinByWhip(door, offer) : joinByJanus(door, offer),
  );
  if (listens === true) {
    const ear = new ToneEar(await opus.createDecoder());
    speaker.onPacket(({ payload }) => ear.hear(payload, performance.now()));
    ears.push(ear);
  }
  senders.push({
    speaker,
    sound,
    packets: loopOf(sound, index),
    phaseMs: (index * 7.3) % FRAME_MS,
    // Each somewhere else in the loop, from now on.
    sent: Math.ceil((performance.now() - startMs) / FRAME_MS),
  });
}

function loopOf(sound: Sound, index: number): Loop {
  if (sound === "quiet" || sound === "skipping") return loops[sound];
  return loops.speech[index % loops.speech.length]!;
}

function sendDue(): void {
  const nowMs = performance.now() - startMs;
  for (const sender of senders) {
    for (; sender.sent * FRAME_MS + sender.phaseMs <= nowMs; sender.sent += 1) send(sender);
  }
}

function send(sender: Sender): void {
  const { speaker, sound, packets, sent } = sender;
  const payload = sound === "tones" ? tonePacket(sent) : packets[sent % packets.length];
  if (payload !== undefined) speaker.send(payload, sent * FRAME_SAMPLES);
}

function tonePacket(frame: number): Uint8Array {
  const packet = toneEncoder.encode(toneAt(frame));
  if (frame % TONE_EVERY_FRAMES === 0) for (const ear of ears) ear.sent(performance.now());
  return packet;
}

async function answer(call: LoadCall): Promise<LoadAnswer> {
  if (call.do === "tones") {
    const taken = ears.map((ear) => ear.take());
    return {
      latenciesMs: taken.flatMap(({ latenciesMs }) => latenciesMs),
      sent: taken.reduce((sum, { sent }) => sum + sent, 0),
    };
  }
  const { participants } = call;
  for (let at = 0; at < participants.length; at += AT_ONCE) {
    await Promise.all(participants.slice(at, at + AT_ONCE).map(join));
  }
  return { connected: senders.length };
}

process.on("message", (call: LoadCall) => {
  answer(call).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ error: String(error) } satisfies LoadAnswer),
  );
});
process.on("disconnect", () => process.exit(0));
setInterval(sendDue, TIMER_MS);
