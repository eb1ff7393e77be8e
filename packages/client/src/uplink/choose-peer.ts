import type { Cancel, Clock } from "@rostra/wire";
import { RostraError } from "@rostra/wire";
import { UplinkError } from "../errors.ts";
import type { OpenPeer, PeerOptions, StagePeer } from "./peer.ts";

/** What this page has learnt of its network; kept from one connection to the next. */
export interface PathMemory {
  /** UDP didn't get through last time: the WebSocket is tried first. */
  udpBlocked: boolean;
}

export interface ChooserOptions {
  readonly clock: Clock;
  readonly webrtc: OpenPeer;
  readonly websocket: OpenPeer;
  readonly memory: PathMemory;
}

/** WebRTC stands within a few hundred ms on most networks; where it doesn't, the other is begun. */
const HEAD_START_MS = 1_500;

/**
 * Opens WebRTC, and where that doesn't stand soon the WebSocket beside it: whichever stands first is
 * taken, the other let go. A page that has found UDP blocked begins with the WebSocket.
 */
export function chooseBetween(options: ChooserOptions): OpenPeer {
  return (peerOptions) => new Choice(options, peerOptions).made;
}

/** One connection being made, two ways. */
class Choice {
  readonly made: Promise<StagePeer>;
  readonly #options: ChooserOptions;
  readonly #peerOptions: PeerOptions;
  readonly #resolve: (peer: StagePeer) => void;
  readonly #reject: (error: unknown) => void;
  /** The second way, until it is begun. */
  #second: (() => void) | null;
  #cancelSecond: Cancel = () => {};
  #underWay = 0;
  #over = false;
  #firstError: unknown;
  /** Named by the first attempt: the second tells the stage that it is of the same page. */
  #began: string | null = null;

  constructor(options: ChooserOptions, peerOptions: PeerOptions) {
    this.#options = options;
    this.#peerOptions = {
      ...peerOptions,
      continues: () => this.#began ?? peerOptions.continues(),
      began: (session) => {
        this.#began ??= session;
        peerOptions.began(session);
      },
    };
    const { promise, resolve, reject } = Promise.withResolvers<StagePeer>();
    this.made = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    const { webrtc, websocket, memory, clock } = options;
    const [first, second] = memory.udpBlocked ? [websocket, webrtc] : [webrtc, websocket];
    this.#second = () => void this.#try(second);
    this.#cancelSecond = clock.after(HEAD_START_MS, () => this.#beginSecond());
    void this.#try(first);
  }

  #beginSecond(): void {
    this.#cancelSecond();
    const begin = this.#second;
    this.#second = null;
    if (!this.#over) begin?.();
  }

  /** Never rejects. */
  async #try(open: OpenPeer): Promise<void> {
    this.#underWay += 1;
    try {
      const peer = await open(this.#peerOptions);
      if (this.#over) void peer.leave();
      else this.#take(peer);
    } catch (error) {
      this.#underWay -= 1;
      this.#onFailure(error);
    }
  }

  #take(peer: StagePeer): void {
    this.#over = true;
    this.#cancelSecond();
    this.#options.memory.udpBlocked = peer.path === "websocket";
    this.#resolve(peer);
  }

  #onFailure(error: unknown): void {
    if (this.#over) return;
    this.#firstError ??= error;
    // Where the stage or the network says no, the other way has nothing to add.
    if (mayGoAnotherWay(error)) this.#beginSecond();
    else this.#second = null;
    if (this.#underWay > 0) return;
    this.#over = true;
    this.#cancelSecond();
    this.#reject(this.#firstError);
  }
}

function mayGoAnotherWay(error: unknown): boolean {
  return error instanceof UplinkError || !(error instanceof RostraError);
}
