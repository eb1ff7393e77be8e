import { testSpace } from "@rostra/testkit";
import {
  encodeChunk,
  encodeRoomEvent,
  NO_ACTIVITY,
  NO_HANDS,
  newSpaceId,
  type RoomEvent,
} from "@rostra/wire";
import type { SocketEvents } from "../../src/listener/connection/socket.ts";

export const SPACE_ID = newSpaceId();
const SPACE = testSpace({
  id: SPACE_ID,
  title: "Bridges",
  epochMs: 1_700_000_000_000,
});

/** A socket of a listener: the test plays the edge. */
export class FakeSocket {
  readonly url: string;
  readonly events: SocketEvents;
  closed = false;
  /** What it was closed with, if a code was given. */
  code: number | undefined;
  readonly said: string[] = [];

  constructor(url: string, events: SocketEvents) {
    this.url = url;
    this.events = events;
  }

  say(event: RoomEvent): void {
    this.events.text(encodeRoomEvent(event));
  }

  welcome(): void {
    this.say({
      type: "welcome",
      protocol: 1,
      space: SPACE,
      stage: { ...NO_ACTIVITY, up: true },
      listeners: { now: 1, peak: 1 },
      hands: NO_HANDS,
      latestFrame: null,
      oldestFrame: null,
      serverTimeMs: SPACE.epochMs,
      cadenceMs: 100,
    });
  }

  chunk(...numbers: number[]): void {
    this.#send(numbers, false);
  }

  /** A chunk of holding sound. */
  hold(...numbers: number[]): void {
    this.#send(numbers, true);
  }

  #send(numbers: readonly number[], holding: boolean): void {
    const frames = numbers.map((number) => ({ number, packet: Uint8Array.of(1), holding }));
    this.events.bytes(encodeChunk(frames));
  }
}
