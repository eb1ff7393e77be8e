import { loadOpus, type Opus, SILENT_PACKET } from "@rostra/sound";
import { testSpace } from "@rostra/testkit";
import {
  DEFAULT_SETTINGS,
  FRAME_SAMPLES,
  type SpaceSettings,
  type SpaceSnapshot,
  type StageGuard,
  type UserId,
} from "@rostra/wire";
import { ReturnFeed, returnEncoding } from "../../src/encode/return-feed.ts";
import { openStageEncoders } from "../../src/encode/stage-encoders.ts";
import { type HoldingSound, openHoldingSound } from "../../src/program/holding.ts";
import { Program } from "../../src/program/program.ts";
import { Speaker } from "../../src/speaker/speaker.ts";
import { CountingMeter } from "./playout.ts";
import { TEST_PAYLOAD_TYPE } from "./uplink.ts";

/** For tests that look at something else: the real one takes a moment to make. */
export const QUIET_HOLDING: HoldingSound = {
  pcm: new Float32Array(FRAME_SAMPLES),
  packets: [SILENT_PACKET],
  thin: [SILENT_PACKET],
};

/** Voices are mixed as they come: for tests that compare what is heard with what was said. */
export const AS_IT_COMES: SpaceSettings = { ...DEFAULT_SETTINGS, sound: "music" };

let holding: Promise<HoldingSound> | undefined;

/** Made once: encoding ten seconds twice takes a moment. */
export async function testHolding(): Promise<HoldingSound> {
  holding ??= loadOpus().then((opus) => openHoldingSound(opus));
  return holding;
}

/** A program and its speakers, without sockets or clocks. */
export class TestStage {
  readonly program: Program;
  readonly holding: HoldingSound;
  readonly opus: Opus;
  /** All that its guards have told. */
  readonly guardNews: StageGuard[];

  private constructor(program: Program, opus: Opus, holding: HoldingSound, news: StageGuard[]) {
    this.program = program;
    this.guardNews = news;
    this.opus = opus;
    this.holding = holding;
  }

  /** @param change of a live space whose voices are mixed as they come */
  static async open(
    change: Partial<SpaceSnapshot> = {},
    sound: HoldingSound = QUIET_HOLDING,
  ): Promise<TestStage> {
    const opus = await loadOpus();
    const encoders = await openStageEncoders(opus);
    const news: StageGuard[] = [];
    const snapshot = testSpace({ settings: AS_IT_COMES, ...change });
    const program = new Program(snapshot, encoders, sound, (guard) => news.push(guard));
    return new TestStage(program, opus, sound, news);
  }

  async speaker(userId: UserId): Promise<Speaker> {
    const speaker = new Speaker({
      userId,
      payloadType: TEST_PAYLOAD_TYPE,
      decoder: await this.opus.createDecoder(),
      returnFeed: new ReturnFeed(await this.opus.createEncoder(returnEncoding(1))),
      meter: new CountingMeter(),
    });
    this.program.add(speaker);
    return speaker;
  }

  /** A change of the space, as control makes one. */
  update(change: Partial<SpaceSnapshot>): void {
    const { snapshot } = this.program;
    this.program.update({ ...snapshot, ...change, revision: snapshot.revision + 1 });
  }
}
