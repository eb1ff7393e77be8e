import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { LIMITS, type ProblemCode } from "@rostra/wire";
import { LISTEN_ANSWER } from "./listen.ts";
import { describeRefusals } from "./refusals.ts";

/**
 * What the stage and the edges answer under the same public address: written by hand, since their
 * code is elsewhere. The bytes of each stream are specified in docs/protocol.
 */

type Paths = NonNullable<NonNullable<FastifyDynamicSwaggerOptions["openapi"]>["paths"]>;

const PROBLEM = { $ref: "#/components/schemas/Problem" };

function refusals(...codes: readonly ProblemCode[]) {
  return describeRefusals(PROBLEM, codes);
}

/** An answer whose bytes are no JSON: its media type says what they are. */
function stream(description: string, mediaType: string) {
  return { description, content: { [mediaType]: {} } };
}

function pathParameter(name: string, description: string) {
  return { name, in: "path", required: true, description, schema: { type: "string" } } as const;
}

function numberInQuery(name: string, description: string, required = false) {
  const schema = { type: "integer", minimum: 0 } as const;
  return { name, in: "query", required, description, schema } as const;
}

const id = pathParameter("id", "The space");
/** Why there may be nothing to listen to: no such space, not begun, ended, room elsewhere, none. */
const UNHEARD = ["elsewhere", "not-found", "conflict", "ended", "too-many", "crowded"] as const;
const security = [{ bearer: [] as string[] }];
const sdp = { "application/sdp": { schema: { type: "string" } } } as const;

const TEXT = { type: "string" } as const;
const name = { id: TEXT, displayName: TEXT };
const PEOPLE = {
  type: "object" as const,
  required: ["stage", "total", "sample", "here"],
  properties: {
    stage: {
      type: "array" as const,
      items: { type: "object" as const, properties: { ...name, role: TEXT } },
    },
    total: { type: "integer" as const, description: "Listeners who say their names" },
    sample: {
      type: "array" as const,
      maxItems: LIMITS.peopleSample,
      items: { type: "object" as const, properties: name },
    },
    here: { type: "array" as const, items: TEXT, description: "Of `ids`" },
  },
};

export const ELSEWHERE: Paths = {
  "/api/v1/spaces/{id}/listen": {
    parameters: [id],
    get: {
      operationId: "whereToListen",
      summary: "Where there is room to listen: edges and HLS by their spare places",
      description:
        "Answered by any edge from memory, also while control is away. Caches may keep it for a second.",
      tags: ["listening"],
      responses: {
        200: {
          description: "Live tiers before HLS; none where all is full, or nothing is to be heard",
          content: { "application/json": { schema: LISTEN_ANSWER as object } },
        },
        ...refusals("not-found"),
      },
    },
  },
  "/holding/full.ogg": {
    get: {
      operationId: "getHoldingClip",
      summary: "A spoken sentence for those who have to wait",
      tags: ["listening"],
      responses: { 200: stream("Ogg with Opus", "audio/ogg") },
    },
  },
  "/api/v1/spaces/{id}/whip": {
    parameters: [id],
    post: {
      operationId: "startSpeaking",
      summary: "Speak: an SDP offer in, an answer with all candidates out (WHIP, RFC 9725)",
      description: "For who is on stage. A newer session of the same person replaces the older.",
      tags: ["speaking"],
      security,
      requestBody: { required: true, content: sdp },
      responses: {
        201: {
          description: "The answer; Location is the session's address",
          headers: {
            Location: { schema: { type: "string" }, description: "DELETE it to stop" },
            ETag: { schema: { type: "string" } },
          },
          content: sdp,
        },
        ...refusals("unauthorized", "not-on-stage", "not-found", "ended", "too-large"),
        ...refusals("unsupported-media-type", "bad-sdp", "unavailable"),
      },
    },
    options: {
      operationId: "describeWhip",
      summary: "What may be posted here",
      tags: ["speaking"],
      responses: { 204: { description: "Accept-Post: application/sdp" } },
    },
  },
  "/api/v1/spaces/{id}/whip/{session}": {
    parameters: [id, pathParameter("session", "The session, as Location said")],
    delete: {
      operationId: "stopSpeaking",
      summary: "Stop speaking",
      tags: ["speaking"],
      security,
      responses: {
        200: { description: "The session has ended" },
        ...refusals("unauthorized", "forbidden", "not-found", "unavailable"),
      },
    },
  },
  "/live/{id}": {
    parameters: [id],
    get: {
      operationId: "listenOverWebSocket",
      summary: "Chunks and room events over WebSocket, subprotocol rostra.live.v1",
      tags: ["listening"],
      parameters: [
        numberInQuery("from", "Begin with this frame number, as far as it is remembered"),
        {
          name: "sound",
          in: "query",
          description: "`none`: room events alone",
          schema: { type: "string", enum: ["none"] },
        },
      ],
      responses: {
        101: { description: "Switching to WebSocket" },
        ...refusals("bad-request", "upgrade-required", ...UNHEARD),
      },
    },
  },
  "/live/{id}.ogg": {
    parameters: [id],
    get: {
      operationId: "listenToOgg",
      summary: "The program without end, for any player",
      description: "Icy-Name and the like where Icy-MetaData: 1 is asked for.",
      tags: ["listening"],
      responses: { 200: stream("Ogg with Opus", "audio/ogg"), ...refusals(...UNHEARD) },
    },
  },
  "/live/{id}.aac": {
    parameters: [id],
    get: {
      operationId: "listenToAac",
      summary: "The program without end, for players without Opus",
      tags: ["listening"],
      responses: { 200: stream("AAC-LC in ADTS", "audio/aac"), ...refusals(...UNHEARD) },
    },
  },
  "/live/{id}/index.m3u8": {
    parameters: [id],
    get: {
      operationId: "listenToHls",
      summary: "HLS with low-latency parts",
      tags: ["listening"],
      parameters: [
        numberInQuery("_HLS_msn", "Answer when this media sequence number is there"),
        numberInQuery("_HLS_part", "and this part of it"),
        {
          name: "_HLS_skip",
          in: "query",
          description: "Leave out what the caller has from before (RFC 8216bis, section 6.2.5.1)",
          schema: { type: "string", enum: ["YES", "v2"] },
        },
      ],
      responses: {
        200: stream("The playlist", "application/vnd.apple.mpegurl"),
        ...refusals("bad-request", ...UNHEARD),
      },
    },
  },
  "/live/{id}/{file}": {
    parameters: [id, pathParameter("file", "As a playlist names it")],
    get: {
      operationId: "getHlsFile",
      summary: "What a playlist names: the initialisation segment, segments and parts",
      tags: ["listening"],
      responses: { 200: stream("CMAF with Opus", "audio/mp4"), ...refusals(...UNHEARD) },
    },
  },
  "/live/{id}/people": {
    parameters: [id],
    get: {
      operationId: "getPeople",
      summary: "Who is there: the stage, how many listeners say their names, and some of them",
      tags: ["listening"],
      parameters: [
        {
          name: "ids",
          in: "query",
          description: `Up to ${LIMITS.peopleAsked} ids, parted by commas: which of them are here?`,
          schema: { type: "string" },
        },
      ],
      responses: {
        200: {
          description: "May be two seconds old",
          content: { "application/json": { schema: PEOPLE } },
        },
        ...refusals("bad-request", ...UNHEARD),
      },
    },
  },
  "/live/{id}/frames": {
    parameters: [id],
    get: {
      operationId: "getFrames",
      summary: "Frames by number, as far as they are remembered",
      tags: ["listening"],
      parameters: [
        numberInQuery("from", "First frame number", true),
        numberInQuery("to", "Last frame number", true),
      ],
      responses: {
        200: stream("Chunks, one after another", "application/vnd.rostra.frames"),
        ...refusals("bad-request", ...UNHEARD),
      },
    },
  },
  "/healthz": {
    get: {
      operationId: "getHealth",
      summary: "Whether the process that answers lives",
      tags: ["operation"],
      responses: { 200: stream("It does", "application/json") },
    },
  },
  "/readyz": {
    get: {
      operationId: "getReadiness",
      summary: "Whether all roles are ready",
      tags: ["operation"],
      responses: { 200: stream("They are", "application/json"), ...refusals("unavailable") },
    },
  },
  "/metrics": {
    get: {
      operationId: "getMetrics",
      summary: "Figures for Prometheus",
      tags: ["operation"],
      responses: { 200: stream("The figures", "text/plain") },
    },
  },
};
