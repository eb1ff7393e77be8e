import type { Static } from "@fastify/type-provider-typebox";
import { blockPerson, unblockPerson } from "../roles/blocks.ts";
import { type BlockedPerson, refuseNonModerators } from "../roles/record.ts";
import { answer, refusals } from "./answers.ts";
import type { Api } from "./app.ts";
import { callerOf, requireCaller } from "./caller.ts";
import type { ApiParts } from "./parts.ts";
import { type BlockedPeople, PersonParams } from "./people-schemas.ts";
import { MemberParams, SpaceParams } from "./schemas.ts";

const tags = ["blocks"];
const security = [{ bearer: [] }];

/** Whom a space keeps off its stage, and whom each person keeps off the stages that they host. */
export function blockRoutes(app: Api, parts: ApiParts): void {
  spaceBlockRoutes(app, parts);
  ownBlockRoutes(app, parts);
}

function spaceBlockRoutes(app: Api, { tokens, spaces, limits }: ApiParts): void {
  const onRequest = [requireCaller(tokens), limits.changes];
  const refused = refusals("unauthorized", "forbidden", "not-found", "ended", "too-many");

  app.get(
    "/api/v1/spaces/:id/blocks",
    {
      onRequest: requireCaller(tokens),
      schema: {
        operationId: "getSpaceBlocks",
        summary: "Whom the space keeps out (host and cohosts)",
        tags,
        security,
        params: SpaceParams,
        response: {
          200: answer("BlockedPeople", "The first blocked first"),
          ...refusals("unauthorized", "forbidden", "not-found", "too-many"),
        },
      },
    },
    async (request) => {
      const space = await spaces.find(request.params.id);
      refuseNonModerators(space, callerOf(request).id);
      return presentPeople(space.notes.blocked);
    },
  );

  app.put(
    "/api/v1/spaces/:id/blocks/:userId",
    {
      onRequest,
      schema: {
        operationId: "blockInSpace",
        summary: "Keep somebody off the stage and out of the queue (host and cohosts)",
        tags,
        security,
        params: MemberParams,
        response: {
          204: { description: "Blocked; already is no error" },
          ...refused,
          ...refusals("full"),
        },
      },
    },
    async (request, reply) => {
      const actor = callerOf(request).id;
      const { id, userId } = request.params;
      await spaces.change(id, (space, nowMs) => blockPerson(space, actor, userId, nowMs));
      return reply.code(204).send();
    },
  );

  app.delete(
    "/api/v1/spaces/:id/blocks/:userId",
    {
      onRequest,
      schema: {
        operationId: "unblockInSpace",
        summary: "Let somebody ask to speak again (host and cohosts)",
        tags,
        security,
        params: MemberParams,
        response: { 204: { description: "Not blocked by this space" }, ...refused },
      },
    },
    async (request, reply) => {
      const actor = callerOf(request).id;
      const { id, userId } = request.params;
      await spaces.change(id, (space) => unblockPerson(space, actor, userId));
      return reply.code(204).send();
    },
  );
}

function ownBlockRoutes(app: Api, { tokens, blockLists, limits }: ApiParts): void {
  const onRequest = [requireCaller(tokens), limits.changes];
  const refused = refusals("bad-request", "unauthorized", "too-many");

  app.get(
    "/api/v1/blocks",
    {
      onRequest,
      schema: {
        operationId: "getBlocks",
        summary: "The caller's own block list",
        tags,
        security,
        response: { 200: answer("BlockedPeople", "The first blocked first"), ...refused },
      },
    },
    async (request) => presentPeople(await blockLists.list(callerOf(request).id)),
  );

  app.put(
    "/api/v1/blocks/:userId",
    {
      onRequest,
      schema: {
        operationId: "blockPerson",
        summary: "Keep somebody off all stages that the caller hosts",
        tags,
        security,
        params: PersonParams,
        response: {
          204: { description: "Blocked; already is no error" },
          ...refused,
          ...refusals("full"),
        },
      },
    },
    async (request, reply) => {
      await blockLists.block(callerOf(request).id, request.params.userId);
      return reply.code(204).send();
    },
  );

  app.delete(
    "/api/v1/blocks/:userId",
    {
      onRequest,
      schema: {
        operationId: "unblockPerson",
        summary: "Take somebody off the caller's own list",
        tags,
        security,
        params: PersonParams,
        response: { 204: { description: "Not on the list" }, ...refused },
      },
    },
    async (request, reply) => {
      await blockLists.unblock(callerOf(request).id, request.params.userId);
      return reply.code(204).send();
    },
  );
}

/** People on a list of hosts, or of one's own, as the API shows them. */
export function presentPeople(people: readonly BlockedPerson[]): Static<typeof BlockedPeople> {
  return {
    users: people.map(({ id, displayName }) => ({
      id,
      ...(displayName !== null && { displayName }),
    })),
  };
}
