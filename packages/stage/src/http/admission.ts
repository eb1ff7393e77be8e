import {
  type Clock,
  hasProgram,
  isSpaceId,
  type SpaceId,
  stagesOf,
  type UserId,
} from "@rostra/wire";
import type { Spaces } from "../speaker/sessions.ts";
import { Refusal } from "./refusal.ts";
import type { TokenVerifier } from "./token-verifier.ts";
import { TURN, type Turns } from "./turns.ts";

export interface AdmissionOptions {
  readonly stageName: string;
  readonly tokens: TokenVerifier;
  readonly spaces: Spaces;
  readonly clock: Clock;
  readonly turns: Turns;
}

export interface Admitted {
  readonly spaceId: SpaceId;
  readonly userId: UserId;
}

/** New connections that one member may ask for at once; one more comes back each second. */
const ATTEMPTS = 20;
/** Members whose attempts are remembered; beyond that, those who have asked longest ago go. */
const MAX_REMEMBERED = 2_000;

/** Who may connect to which space: asked by WHIP and by the stage socket alike. */
export class Admission {
  readonly #options: AdmissionOptions;
  /** When each member's attempts will all be there again, ms; in the order of the last one. */
  readonly #busyUntilMs = new Map<string, number>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * The first that any signalling asks: here it waits for its turn.
   * @param authorization `Bearer <token>`
   * @throws {Refusal} `unauthorized`, `unavailable`
   */
  async authenticate(authorization: string | undefined): Promise<UserId> {
    await this.#options.turns.take(TURN.request);
    const check = await this.#options.tokens.check(authorization);
    if ("claims" in check) return check.claims.sub;
    if (check.refused === "no-key") {
      throw new Refusal("unavailable", "tokens can't be checked yet: try again in a second");
    }
    const detail = check.refused === "missing" ? "send an access token" : "the token isn't valid";
    throw new Refusal("unauthorized", `${detail}: Authorization: Bearer <token>`);
  }

  /**
   * @returns the space's id where `userId` may connect to it now
   * @throws {Refusal} `not-found`, `ended`, `not-on-stage`, `conflict`, `unavailable`
   */
  admit(spaceId: string, userId: UserId): SpaceId {
    const snapshot = isSpaceId(spaceId) ? this.#options.spaces.get(spaceId) : undefined;
    if (snapshot === undefined) throw new Refusal("not-found", "there is no such space");
    if (snapshot.state === "ended") throw new Refusal("ended", "the space has ended");
    if (!snapshot.members.some(({ id }) => id === userId)) {
      throw new Refusal("not-on-stage", "only those on stage can speak: ask for an invitation");
    }
    if (!hasProgram(snapshot.state)) {
      throw new Refusal("conflict", "the space isn't open yet: its host opens the backstage first");
    }
    if (!stagesOf(snapshot).includes(this.#options.stageName)) {
      throw new Refusal("unavailable", "the space is on another stage: try again");
    }
    return snapshot.id;
  }

  /**
   * Counts an attempt to connect: each costs codecs and keys, and a flood of them the stage's tick.
   * Resolves when it is its turn.
   * @throws {Refusal} `too-many`, `unavailable`
   */
  async count(spaceId: SpaceId, userId: UserId): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    const member = `${spaceId} ${userId}`;
    const untilMs = Math.max(nowMs, this.#busyUntilMs.get(member) ?? 0) + 1_000;
    if (untilMs - nowMs > ATTEMPTS * 1_000) {
      throw new Refusal("too-many", "too many connections in a row: try again in a second");
    }
    this.#busyUntilMs.delete(member);
    this.#busyUntilMs.set(member, untilMs);
    if (this.#busyUntilMs.size > MAX_REMEMBERED) {
      const oldest = this.#busyUntilMs.keys().next().value!;
      this.#busyUntilMs.delete(oldest);
    }
    await this.#options.turns.take(TURN.connection);
  }
}
