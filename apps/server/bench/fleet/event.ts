import { setTimeout as sleep } from "node:timers/promises";
import { PairedSpeaker, speak, TestApi, type TestGuest } from "@rostra/testkit";
import {
  isSpaceSnapshot,
  SAMPLE_RATE_HZ,
  type SpaceId,
  type SpaceSnapshot,
  STATE_KEYS,
  stagesOf,
} from "@rostra/wire";
import { SampleEar } from "./ear.ts";
import type { TestFleet } from "./fleet.ts";
import type { Host } from "./network.ts";

/** Voices of equal lengths, said over and over, without pauses: when either is away it is heard. */
const LOOP_SECONDS = 4;
const PAUSE_RMS = 0.02;
const PIECE = SAMPLE_RATE_HZ / 50;
const TEXTS = [
  "The boat left the harbour before the sun came up, and nobody on the pier could say why the clock had stopped.",
  "She keeps three jars of plum jam on the top shelf, next to fresh bread and a sharp cheese for the long walk.",
];
const EARS = 4;

/** A live space of the fleet: two speakers, and listeners who follow each number. */
export class LiveEvent {
  readonly id: SpaceId;
  readonly ears: readonly SampleEar[];
  readonly voices: readonly Float32Array[];
  readonly #fleet: TestFleet;
  readonly #host: TestGuest;
  readonly #guest: TestGuest;
  /** When everybody was muted, ms since 1970. */
  readonly mutes: { readonly fromMs: number; readonly toMs: number }[] = [];
  readonly #speakers: readonly PairedSpeaker[];

  private constructor(
    fleet: TestFleet,
    parts: Pick<LiveEvent, "id" | "voices"> & {
      readonly host: TestGuest;
      readonly guest: TestGuest;
      readonly speakers: readonly PairedSpeaker[];
    },
  ) {
    this.#fleet = fleet;
    [this.id, this.voices] = [parts.id, parts.voices];
    [this.#host, this.#guest, this.#speakers] = [parts.host, parts.guest, parts.speakers];
    this.ears = Array.from(
      { length: EARS },
      (_, at) => new SampleEar(fleet.edgeUrls[at % fleet.edgeUrls.length]!, parts.id),
    );
  }

  static async begin(fleet: TestFleet): Promise<LiveEvent> {
    const api = new TestApi(fleet.edgeUrls[1]!);
    const host = await api.guest("Ada");
    const { id } = await api.openSpace(host, "Whatever is killed");
    const guest = await api.guest("Grace");
    await api.bringOnStage(host, id, guest);
    await api.changeMember(guest, id, guest, { muted: false });
    await api.goLive(host, id);
    const voices = [await denseVoice(TEXTS[0]!, "en-us"), await denseVoice(TEXTS[1]!, "en-gb+f2")];
    const speakers = await Promise.all(
      [host, guest].map(({ token }, at) =>
        PairedSpeaker.join([...fleet.edgeUrls], id, token, voices[at]!),
      ),
    );
    return new LiveEvent(fleet, { id, voices, host, guest, speakers });
  }

  /** The stages that make its program, the first one first. */
  stages(): Host[] {
    const space = this.#snapshot();
    return space === undefined ? [] : ([...stagesOf(space)] as Host[]);
  }

  /** When frame 0 was, ms since 1970. */
  get epochMs(): number {
    return this.#snapshot()?.epochMs ?? Number.NaN;
  }

  #snapshot(): SpaceSnapshot | undefined {
    let space: SpaceSnapshot | undefined;
    this.#fleet.relay!.watch(STATE_KEYS.space(this.id), (_, value) => {
      if (isSpaceSnapshot(value)) space = value;
    })();
    return space;
  }

  /** Everybody on stage, for so long. */
  async muteAll(forMs: number): Promise<void> {
    const api = new TestApi(this.#fleet.edgeUrls[1]!);
    await api.muteAll(this.#host, this.id);
    // A host mutes the others alone.
    await api.setMuted(this.#host, this.id, this.#host, true);
    const fromMs = Date.now();
    await sleep(forMs);
    this.mutes.push({ fromMs, toMs: Date.now() });
    for (const one of [this.#host, this.#guest]) await api.setMuted(one, this.id, one, false);
  }

  stop(): void {
    for (const speaker of this.#speakers) speaker.stop();
    for (const ear of this.ears) ear.close();
  }
}

async function denseVoice(text: string, voice: string): Promise<Float32Array> {
  const spoken = await speak(text, { voice, speed: 150 });
  const dense = new Float32Array(LOOP_SECONDS * SAMPLE_RATE_HZ);
  let at = 0;
  // Round and round, until the loop is full.
  for (let from = 0; at + PIECE <= dense.length; from = (from + PIECE) % spoken.length) {
    const piece = spoken.subarray(from, from + PIECE);
    if (piece.length < PIECE || rms(piece) < PAUSE_RMS) continue;
    dense.set(piece, at);
    at += PIECE;
  }
  return dense;
}

export function rms(pcm: Float32Array): number {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);
}
