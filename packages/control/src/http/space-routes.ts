import { cancelCountdown, countDown, endSpace, goLive, openBackstage } from "../roles/life.ts";
import { editSpace } from "../roles/settings.ts";
import { answer, refusals } from "./answers.ts";
import type { Api } from "./app.ts";
import { callerOf, requireCaller } from "./caller.ts";
import type { ApiParts } from "./parts.ts";
import { LiveBody, SpaceBody, SpaceEditBody, SpaceParams } from "./schemas.ts";
import { bodyMayBeMissing } from "./validation.ts";

const tags = ["spaces"];
const security = [{ bearer: [] }];

/** Steps in the life of a space, by the last part of their address. */
const STEPS = [
  { name: "backstage", rule: openBackstage, summary: "Open the off-air room of a scheduled space" },
  { name: "end", rule: endSpace, summary: "End the space for good; ended already is no error" },
] as const;

export function spaceRoutes(app: Api, parts: ApiParts): void {
  readingRoutes(app, parts);
  writingRoutes(app, parts);
  stepRoutes(app, parts);
  airRoutes(app, parts);
}

/** Answered from memory: no reader, however many they are, reaches the store. */
function readingRoutes(app: Api, { spaces, present }: ApiParts): void {
  app.get(
    "/api/v1/spaces",
    {
      schema: {
        operationId: "listSpaces",
        summary: "Live spaces, then those backstage, then scheduled ones; the newest first",
        tags,
        response: { 200: answer("SpaceList", "At most 100 spaces"), ...refusals("too-many") },
      },
    },
    async (request) => ({ spaces: spaces.list().map((space) => present(space, request)) }),
  );

  app.get(
    "/api/v1/spaces/:id",
    {
      schema: {
        operationId: "getSpace",
        summary: "One space, ended ones too",
        tags,
        params: SpaceParams,
        response: { 200: answer("Space", "The space"), ...refusals("not-found", "too-many") },
      },
    },
    async (request) => present(await spaces.find(request.params.id), request),
  );
}

/** First the store, then the relay, then the answer: what is answered is so. */
function writingRoutes(app: Api, { tokens, spaces, limits, present }: ApiParts): void {
  app.post(
    "/api/v1/spaces",
    {
      onRequest: [requireCaller(tokens), limits.spaces],
      schema: {
        operationId: "createSpace",
        summary: "Open a space backstage, or schedule one; the caller is its host",
        tags,
        security,
        body: SpaceBody,
        response: {
          201: answer("Space", "The new space; Location is its address"),
          ...refusals("bad-request", "unauthorized", "too-large", "unsupported-media-type"),
          ...refusals("too-many"),
        },
      },
    },
    async (request, reply) => {
      const space = present(await spaces.open(request.body, callerOf(request)), request);
      return reply.code(201).header("location", `/api/v1/spaces/${space.id}`).send(space);
    },
  );

  app.patch(
    "/api/v1/spaces/:id",
    {
      onRequest: [requireCaller(tokens), limits.changes],
      schema: {
        operationId: "editSpace",
        summary: "Change title, topics, recording or settings (host and cohosts)",
        tags,
        security,
        params: SpaceParams,
        body: SpaceEditBody,
        response: {
          200: answer("Space", "The space as it is now"),
          ...refusals("bad-request", "unauthorized", "forbidden", "not-found", "conflict"),
          ...refusals("ended", "too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request) => {
      const { id } = callerOf(request);
      const edited = await spaces.change(request.params.id, (space) =>
        editSpace(space, id, request.body),
      );
      return present(edited, request);
    },
  );
}

/** One route a step: they differ in the rule alone. */
function stepRoutes(app: Api, { tokens, spaces, limits, present }: ApiParts): void {
  for (const { name, rule, summary } of STEPS) {
    app.post(
      `/api/v1/spaces/:id/${name}`,
      {
        onRequest: [requireCaller(tokens), limits.changes],
        schema: {
          operationId: `${name}Space`,
          summary,
          tags,
          security,
          params: SpaceParams,
          response: {
            200: answer("Space", "The space as it is now"),
            ...refusals("unauthorized", "forbidden", "not-found", "conflict", "ended", "too-many"),
          },
        },
      },
      async (request) => {
        const { id } = callerOf(request);
        const stepped = await spaces.change(request.params.id, (space, nowMs) =>
          rule(space, id, nowMs),
        );
        return present(stepped, request);
      },
    );
  }
}

/** On air at once or after a countdown; control's own timer carries it out. */
function airRoutes(app: Api, { tokens, spaces, limits, present }: ApiParts): void {
  const onRequest = [requireCaller(tokens), limits.changes];

  app.post(
    "/api/v1/spaces/:id/live",
    {
      onRequest,
      preValidation: bodyMayBeMissing,
      schema: {
        operationId: "liveSpace",
        summary: "Go on air, at once or after a countdown; on air already is no error",
        tags,
        security,
        params: SpaceParams,
        body: LiveBody,
        response: {
          200: answer("Space", "The space as it is now; airsAt says when a countdown ends"),
          ...refusals("bad-request", "unauthorized", "forbidden", "not-found", "ended"),
          ...refusals("too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request) => {
      const { id } = callerOf(request);
      const { inSeconds } = request.body;
      const stepped = await spaces.change(request.params.id, (space, nowMs) =>
        inSeconds === undefined ? goLive(space, id, nowMs) : countDown(space, id, inSeconds, nowMs),
      );
      return present(stepped, request);
    },
  );

  app.delete(
    "/api/v1/spaces/:id/live",
    {
      onRequest,
      schema: {
        operationId: "cancelCountdown",
        summary: "Stop the countdown to air; none running is no error",
        tags,
        security,
        params: SpaceParams,
        response: {
          200: answer("Space", "The space as it is now"),
          ...refusals("unauthorized", "forbidden", "not-found", "conflict", "ended", "too-many"),
        },
      },
    },
    async (request) => {
      const { id } = callerOf(request);
      const stopped = await spaces.change(request.params.id, (space) => cancelCountdown(space, id));
      return present(stopped, request);
    },
  );
}
