import type { Door } from "./load.ts";

type WhipDoor = Extract<Door, { kind: "whip" }>;
type JanusDoor = Extract<Door, { kind: "janus" }>;

/** A server did not let somebody in. */
class DoorError extends Error {}

/** WHIP (RFC 9725). @returns the SDP answer */
export async function joinByWhip(door: WhipDoor, offer: string): Promise<string> {
  const response = await fetch(door.url, {
    method: "POST",
    headers: { "content-type": "application/sdp", authorization: `Bearer ${door.token}` },
    body: offer,
  });
  const answer = await response.text();
  if (response.status !== 201) throw new DoorError(`WHIP answered ${response.status}: ${answer}`);
  return answer;
}

/** Janus's HTTP API. @returns the SDP answer */
export async function joinByJanus(_door: JanusDoor, _offer: string): Promise<string> {
  throw new DoorError("not written yet");
}
