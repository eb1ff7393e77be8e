import type { Clock, ProgramFrame, RoomEvent, RostraError, SpaceId } from "@rostra/wire";
import type { Unsubscribe } from "../../observable.ts";
import type { ConnectionState } from "../state.ts";
import type { AskRefusal } from "./refusal.ts";
import type { Crowded, FindRoom } from "./room.ts";
import type { OpenSocket } from "./socket.ts";

/** The world as the connection sees it; tests bring a virtual one. */
export interface ConnectionPlatform {
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly openSocket: OpenSocket;
  readonly askRefusal: AskRefusal;
  readonly findRoom: FindRoom;
  /** Calls back when the network is said to be there again. */
  readonly onOnline: (callback: () => void) => Unsubscribe;
}

export interface ConnectionEvents {
  event(event: RoomEvent): void;
  /** @param live false for sound from before the link began */
  frames(frames: readonly ProgramFrame[], live: boolean): void;
  state(state: ConnectionState, error: RostraError | null): void;
  /** @param room what to hear while there is no room for live sound; null: there is again */
  crowded(room: Crowded | null): void;
}

export interface ConnectionTarget {
  /** Absolute, without a slash at the end. */
  readonly origin: string;
  readonly spaceId: SpaceId;
  /** The space whose raid brings us here. */
  readonly cameFrom?: SpaceId | undefined;
}
