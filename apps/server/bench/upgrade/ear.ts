import { LiveConnection, nodePlatform } from "@rostra/client/connection";
import { loadOpus, SILENT_PACKET } from "@rostra/sound";
import { FRAME_MS, type ProgramFrame, type SpaceId, systemClock } from "@rostra/wire";

/** A voice without pauses is louder than this in every frame that has it, RMS. */
const QUIET_RMS = 0.003;

interface Heard {
  readonly frame: ProgramFrame;
  readonly atMs: number;
}

export interface EarVerdict {
  readonly missing: number;
  readonly repeated: number;
  /** Frames of holding sound, and of silence made up for what was lost. */
  readonly holding: number;
  readonly concealed: number;
  /** The longest stretch that is quiet when decoded, ms. */
  readonly quietMs: number;
}

/** One listener of the sample: the SDK's own connection, and what it would hand to its player. */
export class UpgradeEar {
  readonly #connection: LiveConnection;
  readonly #heard: Heard[] = [];
  /** How often the page would have shown that it reconnects. */
  reconnects = 0;

  constructor(origin: string, spaceId: SpaceId) {
    this.#connection = new LiveConnection(
      nodePlatform(),
      { origin, spaceId },
      {
        event: () => {},
        frames: (frames) => {
          const atMs = systemClock.nowMs();
          for (const frame of frames) this.#heard.push({ frame, atMs });
        },
        state: (state) => {
          if (state === "reconnecting") this.reconnects += 1;
        },
        crowded: () => {},
      },
    );
    this.#connection.setSound(true);
    this.#connection.open();
  }

  close(): void {
    this.#connection.close();
  }

  /** Of what came between two moments, ms since 1970. */
  async verdict(fromMs: number, toMs: number): Promise<EarVerdict> {
    const heard = this.#heard.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    const frames = heard.map(({ frame }) => frame);
    let [missing, repeated] = [0, 0];
    for (let at = 1; at < frames.length; at += 1) {
      const step = frames[at]!.number - frames[at - 1]!.number;
      if (step > 1) missing += step - 1;
      if (step < 1) repeated += 1;
    }
    const concealed = frames.filter(({ packet }) => Buffer.compare(packet, SILENT_PACKET) === 0);
    return {
      missing,
      repeated,
      holding: frames.filter(({ holding }) => holding).length,
      concealed: concealed.length,
      quietMs: await quietMs(frames),
    };
  }
}

async function quietMs(frames: readonly ProgramFrame[]): Promise<number> {
  const decoder = await (await loadOpus()).createDecoder();
  let [run, longest] = [0, 0];
  for (const { packet } of frames) {
    const pcm = decoder.decode(packet);
    const rms = Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length);
    run = rms < QUIET_RMS ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  decoder.close();
  return longest * FRAME_MS;
}
