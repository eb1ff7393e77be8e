import {
  type Clock,
  encodeStageMessage,
  encodeTextFrame,
  hasProgram,
  type PathQuality,
  type SpaceId,
  type StageAwareness,
  type StageGuard,
  type StageNews,
  type UserId,
  type VoiceLevel,
} from "@rostra/wire";
import type { Programs } from "../../program/programs.ts";
import type { Spaces } from "../../speaker/sessions.ts";
import type { Admitted } from "../admission.ts";
import { HotMics } from "./hot-mics.ts";
import type { MemberSocket } from "./member-socket.ts";

/** Below this nobody is said to sound. */
const SOUNDS_DBFS = -70;
/** Levels go out with each beat, quality with each of these: once a second. */
const QUALITY_EVERY_BEATS = 4;

/** What is told of one space in one beat, each message made once and shared. */
interface Edition {
  /** Null in a silence that is known already. */
  readonly levels: Uint8Array | null;
  readonly quality: readonly PathQuality[];
  readonly everybody: Uint8Array | null;
}

/** Who is told what, and when: levels and guards to hosts, to each what concerns themself. */
export class StageNewsroom {
  readonly #programs: Programs;
  readonly #spaces: Spaces;
  readonly #clock: Clock;
  readonly #guards = new Map<SpaceId, Map<string, StageGuard>>();
  readonly #hotMics = new Map<SpaceId, HotMics>();
  /** Spaces whose last levels were not silence. */
  readonly #sounding = new Set<SpaceId>();
  #beats = 0;

  constructor(programs: Programs, spaces: Spaces, clock: Clock) {
    this.#clock = clock;
    this.#programs = programs;
    this.#spaces = spaces;
  }

  /** A member has come: tells them the guards that are active. */
  welcome(socket: MemberSocket): void {
    const { spaceId } = socket.member!;
    // After `ready`, which is told when the hello has been answered.
    queueMicrotask(() => {
      for (const guard of this.#guards.get(spaceId)?.values() ?? []) {
        if (this.#mayKnow(socket, guard.id)) socket.tell(guard);
      }
    });
  }

  guard(spaceId: SpaceId, guard: StageGuard, sockets: Iterable<MemberSocket>): void {
    const active = this.#guards.get(spaceId) ?? new Map<string, StageGuard>();
    const key = `${guard.kind} ${guard.id}`;
    if (guard.active) active.set(key, guard);
    else active.delete(key);
    if (active.size > 0) this.#guards.set(spaceId, active);
    else this.#guards.delete(spaceId);
    const frame = frameOf(guard);
    for (const socket of sockets) {
      if (!socket.isOpen || socket.member?.spaceId !== spaceId) continue;
      if (this.#mayKnow(socket, guard.id)) socket.send(frame);
    }
  }

  /** Lets go of what is remembered of a space whose program has ended. */
  forgetUnless(spaceId: SpaceId): void {
    const snapshot = this.#spaces.get(spaceId);
    if (snapshot !== undefined && hasProgram(snapshot.state)) return;
    this.#guards.delete(spaceId);
    this.#hotMics.delete(spaceId);
    this.#sounding.delete(spaceId);
  }

  /** What a member's page says of whether they know that they may be heard. */
  aware(
    { spaceId, userId }: Admitted,
    awareness: StageAwareness,
    sockets: Iterable<MemberSocket>,
  ): void {
    const news = this.#hotMicsOf(spaceId).aware(userId, awareness, this.#clock.nowMs());
    for (const guard of news) this.guard(spaceId, guard, sockets);
  }

  #hotMicsOf(spaceId: SpaceId): HotMics {
    const mics = this.#hotMics.get(spaceId) ?? new HotMics();
    this.#hotMics.set(spaceId, mics);
    return mics;
  }

  /** Who is heard and may not know: only where somebody is there to be told. */
  #lookAtMics(spaceId: SpaceId, levels: readonly VoiceLevel[], sockets: Iterable<MemberSocket>) {
    const space = this.#spaces.get(spaceId);
    if (space === undefined) return;
    const news = this.#hotMicsOf(spaceId).look(space, levels, this.#clock.nowMs());
    for (const guard of news) this.guard(spaceId, guard, sockets);
  }

  beat(sockets: Iterable<MemberSocket>): void {
    this.#beats += 1;
    const editions = new Map<SpaceId, Edition>();
    for (const socket of sockets) {
      if (!socket.isOpen) continue;
      const { spaceId, userId } = socket.member!;
      const edition = editions.get(spaceId) ?? this.#edit(spaceId, sockets);
      editions.set(spaceId, edition);
      if (this.#isHost(spaceId, userId)) {
        if (edition.levels !== null) socket.sendIfQuick(edition.levels);
        if (edition.everybody !== null) socket.sendIfQuick(edition.everybody);
      } else {
        const own = edition.quality.find(({ id }) => id === userId);
        if (own !== undefined) socket.sendIfQuick(frameOf({ type: "quality", people: [own] }));
      }
    }
  }

  #edit(spaceId: SpaceId, sockets: Iterable<MemberSocket>): Edition {
    const program = this.#programs.get(spaceId);
    if (program === undefined) return { levels: null, quality: [], everybody: null };
    const withQuality = this.#beats % QUALITY_EVERY_BEATS === 0;
    const quality = withQuality ? program.stageQuality() : [];
    const levels = program.stageLevels();
    this.#lookAtMics(spaceId, levels, sockets);
    return {
      levels: this.#editLevels(spaceId, levels),
      quality,
      everybody: withQuality ? frameOf({ type: "quality", people: quality }) : null,
    };
  }

  /** Silence is said once. */
  #editLevels(spaceId: SpaceId, all: readonly VoiceLevel[]): Uint8Array | null {
    const levels = all.filter(({ dbfs, speaking }) => speaking || dbfs > SOUNDS_DBFS);
    const isNews = levels.length > 0 || this.#sounding.has(spaceId);
    if (levels.length > 0) this.#sounding.add(spaceId);
    else this.#sounding.delete(spaceId);
    return isNews ? frameOf({ type: "levels", levels }) : null;
  }

  #mayKnow(socket: MemberSocket, about: UserId | null): boolean {
    const { spaceId, userId } = socket.member!;
    return userId === about || this.#isHost(spaceId, userId);
  }

  #isHost(spaceId: SpaceId, userId: UserId): boolean {
    const member = this.#spaces.get(spaceId)?.members.find(({ id }) => id === userId);
    return member?.role === "host" || member?.role === "cohost";
  }
}

function frameOf(news: StageNews): Uint8Array {
  return encodeTextFrame(encodeStageMessage(news));
}
