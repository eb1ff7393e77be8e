import { endSpace, goLive, openBackstage } from "../spaces/lifecycle.ts";
import { editSpace } from "../spaces/space-draft.ts";
import type { Api } from "./app.ts";
import { callerOf, requireCaller } from "./caller.ts";
import type { ApiParts } from "./parts.ts";
import { Space, SpaceBody, SpaceEditBody, SpaceList, SpaceParams } from "./schemas.ts";

/** Steps in the life of a space, by the last part of their address. */
const STEPS = { backstage: openBackstage, live: goLive, end: endSpace };

export function spaceRoutes(app: Api, { tokens, spaces, present }: ApiParts): void {
  const onRequest = requireCaller(tokens);

  app.post(
    "/api/v1/spaces",
    { onRequest, schema: { body: SpaceBody, response: { 201: Space } } },
    async (request, reply) => {
      const space = present(await spaces.open(request.body, callerOf(request)), request);
      reply.code(201).header("location", `/api/v1/spaces/${space.id}`);
      return space;
    },
  );

  app.get("/api/v1/spaces", { schema: { response: { 200: SpaceList } } }, async (request) => ({
    spaces: spaces.list().map((space) => present(space, request)),
  }));

  app.get(
    "/api/v1/spaces/:id",
    { schema: { params: SpaceParams, response: { 200: Space } } },
    async (request) => present(await spaces.find(request.params.id), request),
  );

  app.patch(
    "/api/v1/spaces/:id",
    { onRequest, schema: { params: SpaceParams, body: SpaceEditBody, response: { 200: Space } } },
    async (request) => {
      const { id } = callerOf(request);
      const edit = request.body;
      return present(
        await spaces.change(request.params.id, (space) => editSpace(space, id, edit)),
        request,
      );
    },
  );

  for (const [name, step] of Object.entries(STEPS)) {
    app.post(
      `/api/v1/spaces/:id/${name}`,
      { onRequest, schema: { params: SpaceParams, response: { 200: Space } } },
      async (request) => {
        const { id } = callerOf(request);
        return present(
          await spaces.change(request.params.id, (space, nowMs) => step(space, id, nowMs)),
          request,
        );
      },
    );
  }
}
