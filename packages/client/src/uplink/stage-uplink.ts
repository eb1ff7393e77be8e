import type { SpaceId, SpaceSnapshot, StageStatus } from "@rostra/wire";
import type { RostraApi } from "../api/api.ts";
import type { SpaceListener } from "../listener/space-listener.ts";
import type { Microphone } from "../microphone/microphone.ts";
import { type Observable, Subject, type Unsubscribe } from "../observable.ts";
import { IDLE_UPLINK, type UplinkState } from "./state.ts";

export interface StageUplinkOptions {
  readonly api: RostraApi;
  readonly spaceId: SpaceId;
  readonly microphone: Microphone;
  /** How to come in; left out: muted, so that nobody is on air by accident. */
  readonly muted?: boolean;
}

/**
 * The way of one person to the stage and back: sends the microphone, plays the others. Needs an
 * identity that is a member of the stage. Reconnects by itself; keeps the mute state.
 */
export class StageUplink {
  readonly #state = new Subject<UplinkState>(IDLE_UPLINK);

  constructor(_options: StageUplinkOptions) {}

  get state(): Observable<UplinkState> {
    return this.#state;
  }

  /**
   * Connects, and resolves once connected. Call it in a gesture, so that the others can be heard.
   * @throws {UplinkError} `refused`, `not-supported`, `no-microphone`; the network is retried
   */
  async join(): Promise<void> {}

  /**
   * Takes effect here at once; tells the server, whose word counts.
   * @throws {ProblemError} where the server refuses to unmute: then it stays muted
   */
  async setMuted(_muted: boolean): Promise<void> {}

  /** Plays the others where the browser blocked it. Call it in a gesture. */
  async playStage(): Promise<void> {}

  /** What the room says of the stage: the quickest news of a stage that came back. */
  onStageStatus(_stage: StageStatus): void {}

  /** What control says of the space: who is muted, who is on stage, whether it is over. */
  onSpace(_space: SpaceSnapshot): void {}

  /** Feeds both from a listener of the same space. @returns stops it */
  follow(_listener: SpaceListener): Unsubscribe {
    return () => {};
  }

  /** Leaves at once; survives the page's unloading. Membership of the stage stays. */
  leave(): void {}
}
