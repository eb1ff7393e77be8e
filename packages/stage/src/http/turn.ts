import { createHmac } from "node:crypto";
import type { UserId } from "@rostra/wire";

/** TURN servers that members may use where UDP doesn't reach the stage straight. */
export interface TurnSettings {
  /** Such as `turn:turn.example.org:3478?transport=tcp`. */
  readonly urls: readonly string[];
  /** Shared with the TURN server: coturn's `static-auth-secret`. */
  readonly secret: string;
}

/** Longer than anybody speaks: an allocation that outlives its credentials can't be refreshed. */
const VALID_SECONDS = 86_400;

/**
 * `Link` headers that hand out TURN servers (RFC 9725, section 4.6), with credentials for one
 * member and one day: coturn's `use-auth-secret`, which is the username `expiry:user` and as
 * password the base64 of its HMAC-SHA1 (draft-uberti-behave-turn-rest-00, section 2.2).
 */
export function turnLinks(turn: TurnSettings | null, userId: UserId, nowMs: number): string[] {
  if (turn === null) return [];
  const username = `${Math.floor(nowMs / 1000) + VALID_SECONDS}:${userId}`;
  const credential = createHmac("sha1", turn.secret).update(username).digest("base64");
  return turn.urls.map(
    (url) =>
      `<${url}>; rel="ice-server"; username="${username}"; credential="${credential}"; credential-type="password"`,
  );
}
