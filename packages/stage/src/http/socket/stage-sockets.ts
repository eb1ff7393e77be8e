import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import {
  type Cancel,
  CLOSE,
  type Clock,
  problem,
  type SpaceId,
  type StageGuard,
  type StageHello,
  type StageRequest,
  type UserId,
} from "@rostra/wire";
import type { Programs } from "../../program/programs.ts";
import type { Sessions, Spaces } from "../../speaker/sessions.ts";
import type { Admission } from "../admission.ts";
import { Refusal } from "../refusal.ts";
import { toRefusal } from "../to-refusal.ts";
import { judgeHandshake, rawRefusal } from "./handshake.ts";
import { MemberSocket, type MemberSocketHost } from "./member-socket.ts";
import { StageNewsroom } from "./newsroom.ts";

export interface StageSocketsOptions {
  readonly admission: Admission;
  readonly sessions: Sessions;
  readonly programs: Programs;
  readonly spaces: Spaces;
  readonly clock: Clock;
}

/** All that wait to say who they are, and all together. */
const MAX_NEW = 200;
const MAX_SOCKETS = 800;
/** Of each kind, with sound and without: one that works and one that replaces it. */
const MAX_PER_MEMBER = 2;
const LEVELS_EVERY_MS = 250;

/** All stage sockets of this stage. Owns them; bounded. */
export class StageSockets implements MemberSocketHost {
  readonly #options: StageSocketsOptions;
  readonly #sockets = new Set<MemberSocket>();
  readonly #newsroom: StageNewsroom;
  #cancelBeat: Cancel = () => {};
  #isBeating = false;
  #isClosed = false;

  constructor(options: StageSocketsOptions) {
    this.#options = options;
    this.#newsroom = new StageNewsroom(options.programs, options.spaces, options.clock);
  }

  /** For `upgrade` of an HTTP server. */
  upgrade(request: IncomingMessage, socket: Socket, first: Uint8Array): void {
    const handshake = judgeHandshake(request);
    const refusal = "head" in handshake ? this.#noRoom() : handshake;
    if (refusal !== undefined || !("head" in handshake)) {
      socket.on("error", () => {});
      socket.end(rawRefusal(refusal!));
      return;
    }
    const { clock } = this.#options;
    const { spaceId: spaceName, head } = handshake;
    const opening = { head, first };
    this.#sockets.add(new MemberSocket({ socket, clock, host: this, spaceName }, opening));
    this.#beat();
  }

  #noRoom() {
    const unknown = [...this.#sockets].filter(({ member }) => member === undefined).length;
    const isFull = this.#sockets.size >= MAX_SOCKETS || unknown >= MAX_NEW;
    if (!isFull && !this.#isClosed) return undefined;
    return problem("unavailable", "this stage takes no more sockets now: try again");
  }

  async hello(socket: MemberSocket, hello: StageHello): Promise<string | null> {
    const { admission, sessions } = this.#options;
    const userId = await admission.authenticate(`Bearer ${hello.token}`);
    const spaceId = admission.admit(socket.spaceName, userId);
    await admission.count(spaceId, userId);
    if (socket.isClosed) throw new Refusal("bad-request", "the socket has closed");
    this.#makeRoom(spaceId, userId, hello.audio);
    socket.member = { spaceId, userId };
    if (!hello.audio) {
      this.#newsroom.welcome(socket);
      return null;
    }
    const wish = { spaceId, userId, continues: hello.continues };
    try {
      const session = await sessions.openOn(wish, (handlers) => socket.makePeer(handlers));
      // Gone while the codecs were made: nobody else would end it.
      if (socket.isClosed) await session.end("lost");
      return session.id;
    } catch (error) {
      throw toRefusal(error);
    }
  }

  /** A client that comes back replaces its own older sockets. */
  #makeRoom(spaceId: SpaceId, userId: UserId, audio: boolean): void {
    const theirs = this.#of(spaceId, userId).filter((one) => one.carriesAudio === audio);
    if (theirs.length < MAX_PER_MEMBER) return;
    theirs[0]!.close(CLOSE.normal, "a newer socket took its place");
  }

  #of(spaceId: SpaceId, userId: UserId): MemberSocket[] {
    return [...this.#sockets].filter(
      ({ member }) => member?.spaceId === spaceId && member.userId === userId,
    );
  }

  request(socket: MemberSocket, request: Exclude<StageRequest, StageHello>): void {
    const { spaceId, userId } = socket.member!;
    if (request.type === "ping") {
      this.#options.sessions.noteRoundTrip(spaceId, userId, request.rttMs);
      socket.tell({ type: "pong", number: request.number });
    } else {
      this.#newsroom.aware(socket.member!, request, this.#sockets);
    }
  }

  closed(socket: MemberSocket): void {
    this.#sockets.delete(socket);
  }

  /** A guard noticed something: to the hosts, and to the member that it is about. */
  onGuard(spaceId: SpaceId, guard: StageGuard): void {
    this.#newsroom.guard(spaceId, guard, this.#sockets);
  }

  /** After a change of the space: closes the sockets of those who aren't on its stage. */
  enforce(spaceId: SpaceId): void {
    this.#newsroom.forgetUnless(spaceId);
    for (const socket of [...this.#sockets]) {
      const { member } = socket;
      if (member?.spaceId !== spaceId || !socket.isOpen) continue;
      try {
        this.#options.admission.admit(spaceId, member.userId);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const code = error.code === "ended" ? CLOSE.ended : CLOSE.policyViolation;
        socket.refuse(error.code, error.message, code);
      }
    }
  }

  /** Runs while there is anybody to tell. */
  #beat(): void {
    if (this.#isBeating || this.#isClosed || this.#sockets.size === 0) return;
    this.#isBeating = true;
    this.#cancelBeat = this.#options.clock.after(LEVELS_EVERY_MS, () => {
      this.#isBeating = false;
      this.#newsroom.beat(this.#sockets);
      this.#beat();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelBeat();
    for (const socket of [...this.#sockets]) socket.close(CLOSE.goingAway, "the stage is closing");
  }
}
