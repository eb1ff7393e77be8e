import { type Clock, LIMITS } from "@rostra/wire";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Session } from "../speaker/session.ts";
import type { Sessions } from "../speaker/sessions.ts";
import type { Admission } from "./admission.ts";
import { Refusal } from "./refusal.ts";
import { toRefusal } from "./to-refusal.ts";
import { type TurnSettings, turnLinks } from "./turn.ts";

export interface WhipOptions {
  readonly admission: Admission;
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** Handed out to members; null where there is no TURN server. */
  readonly turn: TurnSettings | null;
}

const SDP_MEDIA_TYPE = "application/sdp";
const WHIP_PATH = "/api/v1/spaces/:spaceId/whip";
const SESSION_PATH = `${WHIP_PATH}/:sessionId`;
const SESSION_ID = /^[\w-]{1,100}$/;

interface Whip {
  Params: { readonly spaceId: string; readonly sessionId: string };
  Querystring: { readonly continues?: unknown };
}

/** WHIP (RFC 9725): one request brings a speaker's offer and takes the answer home. */
export function addWhip(app: FastifyInstance, door: WhipOptions): void {
  // Nothing but SDP is ever parsed; what a body of another type means is for the routes to say.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "*",
    { parseAs: "string", bodyLimit: LIMITS.sdpBytes },
    (request, body, done) => done(null, isSdp(request) ? body : undefined),
  );
  app.post<Whip>(WHIP_PATH, { bodyLimit: LIMITS.sdpBytes }, (request, reply) =>
    open(door, request, reply),
  );
  app.delete<Whip>(SESSION_PATH, async (request, reply) => {
    const session = await ownSession(door, request);
    await session.end("left");
    return reply.code(200).send();
  });
  app.patch<Whip>(SESSION_PATH, async (request) => {
    await ownSession(door, request);
    // RFC 9725, section 4.3.1: a session that takes PATCH for no purpose says 501. The answer has
    // all candidates and the client's aren't needed; a new connection does what a restart would.
    throw new Refusal("not-implemented", "no trickle ICE and no ICE restart: post a new offer");
  });
  addOptions(app, door);
  addRefusals(app, WHIP_PATH, ["GET", "HEAD", "PUT", "PATCH", "DELETE"]);
  addRefusals(app, SESSION_PATH, ["GET", "HEAD", "PUT", "POST"]);
}

function allowedAt(path: string): string {
  return path === WHIP_PATH ? "POST, OPTIONS" : "DELETE, OPTIONS";
}

/** Says what is taken; to a member who asks with their token, the TURN servers as well. */
function addOptions(app: FastifyInstance, door: WhipOptions): void {
  for (const path of [WHIP_PATH, SESSION_PATH]) {
    app.options<Whip>(path, async (request, reply) => {
      const allowed = allowedAt(path);
      if (path === WHIP_PATH) await addTurnForMember(door, request, reply);
      return reply
        .code(204)
        .headers({
          "accept-post": SDP_MEDIA_TYPE,
          allow: allowed,
          // A page of another origin may speak, too: nothing here goes by cookies.
          "access-control-allow-methods": allowed,
          "access-control-allow-headers": "authorization, content-type",
          "access-control-expose-headers": "link",
          "access-control-max-age": "86400",
        })
        .send();
    });
  }
}

/** A browser's preflight comes without a token, and is told nothing of TURN. */
async function addTurnForMember(
  door: WhipOptions,
  request: FastifyRequest<Whip>,
  reply: FastifyReply,
): Promise<void> {
  const { authorization } = request.headers;
  if (authorization === undefined) return;
  const userId = await door.admission.authenticate(authorization);
  door.admission.admit(request.params.spaceId, userId);
  reply.headers({ link: turnLinks(door.turn, userId, door.clock.nowMs()) });
  reply.header("cache-control", "no-store");
}

function addRefusals(app: FastifyInstance, path: string, methods: string[]): void {
  app.route({
    method: methods,
    url: path,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const allowed = allowedAt(path);
      reply.header("allow", allowed);
      throw new Refusal("method-not-allowed", `${request.method} isn't taken here: ${allowed} are`);
    },
  });
}

async function open(
  door: WhipOptions,
  request: FastifyRequest<Whip>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { admission, sessions, turn, clock } = door;
  const userId = await admission.authenticate(request.headers.authorization);
  const spaceId = admission.admit(request.params.spaceId, userId);
  if (typeof request.body !== "string") {
    throw new Refusal("unsupported-media-type", `send the offer as ${SDP_MEDIA_TYPE}`);
  }
  const continues = continuesOf(request);
  await admission.count(spaceId, userId);
  try {
    const wish = { spaceId, userId, continues };
    const { session, answer } = await sessions.open(wish, request.body);
    return reply
      .code(201)
      .headers({
        location: `/api/v1/spaces/${spaceId}/whip/${session.id}`,
        etag: `"${session.id}"`,
        link: turnLinks(turn, userId, clock.nowMs()),
        "access-control-expose-headers": "location, etag, link",
      })
      .type(SDP_MEDIA_TYPE)
      .send(answer);
  } catch (error) {
    // Membership may have ended while the connection was being made: then that is the answer.
    admission.admit(spaceId, userId);
    throw toRefusal(error);
  }
}

function isSdp(request: FastifyRequest): boolean {
  const mediaType = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  return mediaType === SDP_MEDIA_TYPE;
}

/** The session that this one says it continues. */
function continuesOf(request: FastifyRequest<Whip>): string | undefined {
  const { continues } = request.query;
  if (continues === undefined) return undefined;
  if (typeof continues === "string" && SESSION_ID.test(continues)) return continues;
  throw new Refusal("bad-request", "continues must be the id of a session");
}

async function ownSession(door: WhipOptions, request: FastifyRequest<Whip>): Promise<Session> {
  const userId = await door.admission.authenticate(request.headers.authorization);
  const session = door.sessions.get(request.params.sessionId);
  // Somebody else's session isn't found, rather than forbidden: its address is nobody's business.
  if (session?.userId !== userId || session.spaceId !== request.params.spaceId) {
    throw new Refusal("not-found", "there is no such session: it may have ended");
  }
  return session;
}
