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

interface JanusAnswer {
  readonly janus: string;
  readonly data?: { readonly id: number };
  readonly jsep?: { readonly sdp: string };
  readonly error?: { readonly reason: string };
  readonly plugindata?: { readonly data: { readonly error?: string } };
}

/**
 * Joins a room of Janus's AudioBridge by its HTTP API: a session, a handle, a join with the offer;
 * the answer comes by long polling. The session is never polled again: the bench's Janus lets it live.
 * @returns the SDP answer
 */
export async function joinByJanus(door: JanusDoor, offer: string): Promise<string> {
  const { data: session } = await askJanus(door.url, { janus: "create" });
  const sessionUrl = `${door.url}/${session!.id}`;
  const plugin = "janus.plugin.audiobridge";
  const { data: handle } = await askJanus(sessionUrl, { janus: "attach", plugin });
  const body = {
    request: "join",
    room: door.room,
    display: "speaker",
    codec: "opus",
    bitrate: door.bitrate,
    quality: door.complexity,
    muted: false,
  };
  const jsep = { type: "offer", sdp: offer };
  await askJanus(`${sessionUrl}/${handle!.id}`, { janus: "message", body, jsep });
  for (;;) {
    const event = await askJanus(`${sessionUrl}?maxev=1`);
    const refused = event.plugindata?.data.error;
    if (refused !== undefined) throw new DoorError(`Janus refused: ${refused}`);
    if (event.jsep !== undefined) return event.jsep.sdp;
  }
}

async function askJanus(url: string, message?: object): Promise<JanusAnswer> {
  const response = await fetch(url, {
    ...(message === undefined
      ? {}
      : {
          method: "POST",
          body: JSON.stringify({ transaction: crypto.randomUUID(), ...message }),
        }),
  });
  const answer = (await response.json()) as JanusAnswer;
  if (answer.janus === "error") throw new DoorError(`Janus: ${answer.error?.reason}`);
  return answer;
}
