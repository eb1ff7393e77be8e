import { hasProgram, isSpaceId, LIMITS, type SpaceId, type UserId } from "@rostra/wire";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { StageError } from "../errors.ts";
import type { Session } from "../speaker/session.ts";
import type { Sessions, Spaces } from "../speaker/sessions.ts";
import { Refusal } from "./refusal.ts";
import type { TokenVerifier } from "./token-verifier.ts";

export interface WhipOptions {
  readonly stageName: string;
  readonly tokens: TokenVerifier;
  readonly sessions: Sessions;
  readonly spaces: Spaces;
}

const SDP_MEDIA_TYPE = "application/sdp";
const WHIP_PATH = "/api/v1/spaces/:spaceId/whip";
const SESSION_PATH = `${WHIP_PATH}/:sessionId`;

interface WhipParams {
  readonly spaceId: string;
  readonly sessionId: string;
}

/** WHIP (RFC 9725): one request brings a speaker's offer and takes the answer home. */
export function addWhip(app: FastifyInstance, options: WhipOptions): void {
  // Nothing but SDP is ever parsed; what a body of another type means is for the routes to say.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "*",
    { parseAs: "string", bodyLimit: LIMITS.sdpBytes },
    (request, body, done) => done(null, isSdp(request) ? body : undefined),
  );
  app.post<{ Params: WhipParams }>(WHIP_PATH, { bodyLimit: LIMITS.sdpBytes }, (request, reply) =>
    open(options, request, reply),
  );
  app.delete<{ Params: WhipParams }>(SESSION_PATH, async (request, reply) => {
    const session = await ownSession(options, request);
    await session.end("left");
    return reply.code(200).send();
  });
  for (const path of [WHIP_PATH, SESSION_PATH]) addRefusals(app, path);
}

/** What RFC 9725 wants to be said of the methods that aren't taken. */
function addRefusals(app: FastifyInstance, path: string): void {
  const allowed = path === WHIP_PATH ? "POST, OPTIONS" : "DELETE, OPTIONS";
  app.options(path, async (_request, reply) =>
    reply
      .code(204)
      .headers({
        "accept-post": SDP_MEDIA_TYPE,
        allow: allowed,
        // A page of another origin may speak, too: nothing here goes by cookies.
        "access-control-allow-methods": allowed,
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "86400",
      })
      .send(),
  );
  const others = ["GET", "HEAD", "PUT", "PATCH", path === WHIP_PATH ? "DELETE" : "POST"];
  app.route({
    method: others,
    url: path,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      reply.header("allow", allowed);
      // The answer has all candidates, so there is nothing to trickle or to restart.
      throw new Refusal("method-not-allowed", `${request.method} isn't taken here: ${allowed} are`);
    },
  });
}

async function open(
  options: WhipOptions,
  request: FastifyRequest<{ Params: WhipParams }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const userId = await authenticate(options, request);
  const spaceId = admit(options, request.params.spaceId, userId);
  if (typeof request.body !== "string") {
    throw new Refusal("unsupported-media-type", `send the offer as ${SDP_MEDIA_TYPE}`);
  }
  try {
    const { session, answer } = await options.sessions.open(spaceId, userId, request.body);
    return reply
      .code(201)
      .headers({
        location: `/api/v1/spaces/${spaceId}/whip/${session.id}`,
        etag: `"${session.id}"`,
        "access-control-expose-headers": "location, etag",
      })
      .type(SDP_MEDIA_TYPE)
      .send(answer);
  } catch (error) {
    // Membership may have ended while the connection was being made: then that is the answer.
    admit(options, spaceId, userId);
    throw toRefusal(error);
  }
}

function isSdp(request: FastifyRequest): boolean {
  const mediaType = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  return mediaType === SDP_MEDIA_TYPE;
}

async function authenticate(options: WhipOptions, request: FastifyRequest): Promise<UserId> {
  const check = await options.tokens.check(request.headers.authorization);
  if ("claims" in check) return check.claims.sub;
  if (check.refused === "no-key") {
    throw new Refusal("unavailable", "tokens can't be checked yet: try again in a second");
  }
  const detail = check.refused === "missing" ? "send an access token" : "the token isn't valid";
  throw new Refusal("unauthorized", `${detail}: Authorization: Bearer <token>`);
}

/** @returns the space's id where `userId` may connect to it now */
function admit(options: WhipOptions, spaceId: string, userId: UserId): SpaceId {
  const snapshot = isSpaceId(spaceId) ? options.spaces.get(spaceId) : undefined;
  if (snapshot === undefined) throw new Refusal("not-found", "there is no such space");
  if (snapshot.state === "ended") throw new Refusal("ended", "the space has ended");
  if (!snapshot.members.some(({ id }) => id === userId)) {
    throw new Refusal("not-on-stage", "only those on stage can speak: ask for an invitation");
  }
  if (!hasProgram(snapshot.state)) {
    throw new Refusal("conflict", "the space isn't open yet: its host opens the backstage first");
  }
  if (snapshot.stageName !== options.stageName) {
    throw new Refusal("unavailable", "the space is on another stage: try again");
  }
  return snapshot.id;
}

async function ownSession(
  options: WhipOptions,
  request: FastifyRequest<{ Params: WhipParams }>,
): Promise<Session> {
  const userId = await authenticate(options, request);
  const session = options.sessions.get(request.params.sessionId);
  // Somebody else's session isn't found, rather than forbidden: its address is nobody's business.
  if (session?.userId !== userId || session.spaceId !== request.params.spaceId) {
    throw new Refusal("not-found", "there is no such session: it may have ended");
  }
  return session;
}

function toRefusal(error: unknown): unknown {
  if (!(error instanceof StageError)) return error;
  if (error.code === "bad-sdp") return new Refusal("bad-sdp", error.message, { cause: error });
  return new Refusal("unavailable", error.message, { cause: error });
}
