import type { RostraError, StagePath } from "@rostra/wire";
import type { PeerSample } from "../peer.ts";
import type { StageOutput } from "../stage-audio.ts";
import { type RoomView, StageConnection, type UplinkPlatform } from "../stage-connection.ts";
import { type Awareness, StageSocket } from "../stage-socket.ts";
import type { StageUrls } from "../stage-urls.ts";
import type { UplinkConnection } from "../state.ts";
import type { WayView } from "./plan.ts";

export interface StageWayOptions {
  /** Asked anew for each connection. */
  readonly urls: () => StageUrls;
  readonly token: () => Promise<string>;
  readonly track: () => MediaStreamTrack;
  readonly music: () => boolean;
  /** Whether its sound is let out from the beginning. */
  readonly heard: boolean;
  readonly speakerId: string;
  readonly changed: () => void;
  readonly newsChanged: () => void;
  readonly sampled: (sample: PeerSample) => void;
  readonly blocked: (blocked: boolean) => void;
}

/** All that one page has with one stage: the sound there and back, the news, and a loudspeaker. */
export class StageWay implements WayView {
  stage: string;
  connection: UplinkConnection = "idle";
  error: RostraError | null = null;
  /** How our microphone reaches this stage; null while it doesn't. */
  path: StagePath | null = null;
  readonly socket: StageSocket;
  readonly #connection: StageConnection;
  readonly #output: StageOutput;
  readonly #stopNews: () => void;

  constructor(stage: string, platform: UplinkPlatform, options: StageWayOptions) {
    this.stage = stage;
    const { token, track, music, urls } = options;
    this.#output = platform.openOutput(options.blocked);
    this.#output.setMuted(!options.heard);
    this.#output.setSpeaker(options.speakerId);
    this.socket = new StageSocket({
      clock: platform.clock,
      random: platform.random,
      openLink: platform.openLink,
      url: () => urls().socketUrl,
      token,
    });
    this.#connection = new StageConnection(platform, {
      urls,
      token,
      track,
      music,
      sampled: options.sampled,
      stateChanged: (connection, error) => {
        this.connection = connection;
        this.error = error;
        if (connection !== "connected") this.path = null;
        options.changed();
      },
      peerChanged: (stream, path) => {
        this.path = path;
        void this.#output.show(stream);
      },
    });
    this.#stopNews = this.socket.news.subscribe(options.newsChanged);
  }

  start(): void {
    this.socket.start();
    this.#connection.start();
  }

  /** @param error null: by our own wish, so the stage is told */
  stop(error: RostraError | null): void {
    this.#stopNews();
    this.socket.close();
    this.#connection.stop(error);
    this.#output.close();
  }

  /** Changes with each packet of the others' sound; null: none came yet. */
  get soundMark(): number | null {
    return this.#connection.soundMark;
  }

  /** Lets its sound out, or keeps it ready without a sound. */
  hear(heard: boolean): void {
    this.#output.setMuted(!heard);
    if (heard) void this.#output.play();
  }

  async play(): Promise<void> {
    await this.#output.play();
  }

  setSpeaker(deviceId: string): void {
    this.#output.setSpeaker(deviceId);
  }

  setAwareness(awareness: Awareness): void {
    this.socket.setAwareness(awareness);
  }

  renew(): void {
    this.#connection.renew();
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    await this.#connection.replaceTrack(track);
  }

  onRoom(room: RoomView): void {
    this.#connection.onRoom(room);
  }
}
