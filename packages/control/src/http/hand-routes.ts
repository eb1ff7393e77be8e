import type { Static } from "@fastify/type-provider-typebox";
import { handPosition, lowerAllHands, lowerHand, orderHands, raiseHand } from "../roles/hands.ts";
import { isBlocked, refuseNonModerators, roleOf, type SpaceRecord } from "../roles/record.ts";
import { answer, refusals } from "./answers.ts";
import type { Api } from "./app.ts";
import { callerOf, requireCaller } from "./caller.ts";
import type { ApiParts } from "./parts.ts";
import type { Hands } from "./people-schemas.ts";
import { HandOrderBody, MemberParams, SpaceParams } from "./schemas.ts";

const tags = ["hands"];
const security = [{ bearer: [] }];

/** Asking to speak, and the queue of those who do. Everybody sees its length, hosts its names. */
export function handRoutes(app: Api, parts: ApiParts): void {
  ownHandRoutes(app, parts);
  queueRoutes(app, parts);
  queueChangeRoutes(app, parts);
}

function ownHandRoutes(app: Api, { tokens, spaces, limits }: ApiParts): void {
  app.put(
    "/api/v1/spaces/:id/hand",
    {
      onRequest: [requireCaller(tokens), limits.hands],
      schema: {
        operationId: "raiseHand",
        summary: "Ask to speak; asked already is no error and keeps the place",
        tags,
        security,
        params: SpaceParams,
        response: {
          200: answer("HandPlace", "The caller's place in the queue"),
          ...refusals("unauthorized", "blocked", "not-found", "conflict", "full", "ended"),
          ...refusals("too-many"),
        },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const raised = await spaces.change(request.params.id, (space, nowMs) =>
        raiseHand(space, caller, nowMs),
      );
      return { position: handPosition(raised, caller.id)! };
    },
  );

  app.delete(
    "/api/v1/spaces/:id/hand",
    {
      onRequest: [requireCaller(tokens), limits.hands],
      schema: {
        operationId: "lowerHand",
        summary: "Take one's hand down; not up is no error",
        tags,
        security,
        params: SpaceParams,
        response: {
          204: { description: "No hand is up" },
          ...refusals("unauthorized", "not-found", "ended", "too-many"),
        },
      },
    },
    async (request, reply) => {
      const { id } = callerOf(request);
      await spaces.change(request.params.id, (space) => lowerHand(space, id, id));
      return reply.code(204).send();
    },
  );
}

/** Answered from memory. */
function queueRoutes(app: Api, { tokens, spaces }: ApiParts): void {
  app.get(
    "/api/v1/spaces/:id/me",
    {
      onRequest: requireCaller(tokens),
      schema: {
        operationId: "getMe",
        summary: "What the caller is to the space",
        tags: ["stage"],
        security,
        params: SpaceParams,
        response: {
          200: answer("Me", "Role, place in the queue, invitation, blocked or not"),
          ...refusals("unauthorized", "not-found", "too-many"),
        },
      },
    },
    async (request) => {
      const { id } = callerOf(request);
      const space = await spaces.find(request.params.id);
      const invitation = space.snapshot.invited.find((each) => each.id === id);
      return {
        role: roleOf(space, id) ?? null,
        hand: handPosition(space, id),
        invited: invitation?.role ?? null,
        ...(invitation?.asHost === true && { invitedAsHost: true }),
        blocked: isBlocked(space, id),
      };
    },
  );

  app.get(
    "/api/v1/spaces/:id/hands",
    {
      onRequest: requireCaller(tokens),
      schema: {
        operationId: "getHands",
        summary: "The queue with its names (host and cohosts)",
        tags,
        security,
        params: SpaceParams,
        response: {
          200: answer("Hands", "The queue in its order"),
          ...refusals("unauthorized", "forbidden", "not-found", "too-many"),
        },
      },
    },
    async (request) => {
      const space = await spaces.find(request.params.id);
      refuseNonModerators(space, callerOf(request).id);
      return presentHands(space);
    },
  );
}

function queueChangeRoutes(app: Api, { tokens, spaces, limits }: ApiParts): void {
  const onRequest = [requireCaller(tokens), limits.changes];

  app.put(
    "/api/v1/spaces/:id/hands",
    {
      onRequest,
      schema: {
        operationId: "orderHands",
        summary: "Put some people first in the queue, in this order (host and cohosts)",
        description: "The others follow as they stood; who isn't in the queue is skipped.",
        tags,
        security,
        params: SpaceParams,
        body: HandOrderBody,
        response: {
          200: answer("Hands", "The queue in its order"),
          ...refusals("bad-request", "unauthorized", "forbidden", "not-found", "ended"),
          ...refusals("too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request) => {
      const { id } = callerOf(request);
      const ordered = await spaces.change(request.params.id, (space) =>
        orderHands(space, id, request.body.order),
      );
      return presentHands(ordered);
    },
  );

  const lowered = {
    204: { description: "Not up any more; not before either is no error" },
    ...refusals("unauthorized", "forbidden", "not-found", "ended", "too-many"),
  };
  app.delete(
    "/api/v1/spaces/:id/hands",
    {
      onRequest,
      schema: {
        operationId: "lowerAllHands",
        summary: "Take all hands down (host and cohosts)",
        tags,
        security,
        params: SpaceParams,
        response: lowered,
      },
    },
    async (request, reply) => {
      const { id } = callerOf(request);
      await spaces.change(request.params.id, (space) => lowerAllHands(space, id));
      return reply.code(204).send();
    },
  );

  app.delete(
    "/api/v1/spaces/:id/hands/:userId",
    {
      onRequest,
      schema: {
        operationId: "lowerHandOf",
        summary: "Take somebody's hand down (host and cohosts)",
        tags,
        security,
        params: MemberParams,
        response: lowered,
      },
    },
    async (request, reply) => {
      const actor = callerOf(request).id;
      const { id, userId } = request.params;
      await spaces.change(id, (space) => lowerHand(space, actor, userId));
      return reply.code(204).send();
    },
  );
}

function presentHands({ snapshot, notes }: SpaceRecord): Static<typeof Hands> {
  return {
    open: snapshot.settings.handsOpen,
    hands: notes.hands.map(({ id, displayName, raisedAtMs }) => ({
      id,
      displayName,
      raisedAt: new Date(raisedAtMs).toISOString(),
    })),
  };
}
