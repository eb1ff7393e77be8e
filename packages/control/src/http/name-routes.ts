import { hideName, showName } from "../roles/names.ts";
import { refuseNonModerators } from "../roles/record.ts";
import { answer, refusals } from "./answers.ts";
import type { Api } from "./app.ts";
import { presentPeople } from "./block-routes.ts";
import { callerOf, requireCaller } from "./caller.ts";
import type { ApiParts } from "./parts.ts";
import { HiddenNameBody, MemberParams, SpaceParams } from "./schemas.ts";

const tags = ["names"];
const security = [{ bearer: [] }];

/** Names that hosts keep off the list of those who listen. */
export function nameRoutes(app: Api, { tokens, spaces, limits }: ApiParts): void {
  const onRequest = [requireCaller(tokens), limits.changes];
  const refused = refusals("unauthorized", "forbidden", "not-found", "ended", "too-many");

  app.get(
    "/api/v1/spaces/:id/hidden-names",
    {
      onRequest: requireCaller(tokens),
      schema: {
        operationId: "getHiddenNames",
        summary: "Whose names are hidden (host and cohosts)",
        tags,
        security,
        params: SpaceParams,
        response: {
          200: answer("BlockedPeople", "The first hidden first"),
          ...refusals("unauthorized", "forbidden", "not-found", "too-many"),
        },
      },
    },
    async (request) => {
      const space = await spaces.find(request.params.id);
      refuseNonModerators(space, callerOf(request).id);
      return presentPeople(space.notes.hiddenNames);
    },
  );

  app.put(
    "/api/v1/spaces/:id/hidden-names/:userId",
    {
      onRequest,
      schema: {
        operationId: "hideName",
        summary: "Take a listener's name off the list of people (host and cohosts)",
        description: "For everybody, and for as long as the space lives. They may go on listening.",
        tags,
        security,
        params: MemberParams,
        body: HiddenNameBody,
        response: {
          204: { description: "Hidden; already is no error" },
          ...refused,
          ...refusals("bad-request", "full", "too-large", "unsupported-media-type"),
        },
      },
    },
    async (request, reply) => {
      const actor = callerOf(request).id;
      const { id, userId } = request.params;
      const person = { id: userId, displayName: request.body.displayName };
      await spaces.change(id, (space, nowMs) => hideName(space, actor, person, nowMs));
      return reply.code(204).send();
    },
  );

  app.delete(
    "/api/v1/spaces/:id/hidden-names/:userId",
    {
      onRequest,
      schema: {
        operationId: "showName",
        summary: "Let a listener show their name again (host and cohosts)",
        tags,
        security,
        params: MemberParams,
        response: { 204: { description: "Not hidden" }, ...refused },
      },
    },
    async (request, reply) => {
      const actor = callerOf(request).id;
      const { id, userId } = request.params;
      await spaces.change(id, (space) => showName(space, actor, userId));
      return reply.code(204).send();
    },
  );
}
