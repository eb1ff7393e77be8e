import { Refusal } from "../errors.ts";
import { hostOf, refuseNonModerators } from "../roles/record.ts";
import { answer, refusals } from "./answers.ts";
import type { Api } from "./app.ts";
import { callerOf, requireCaller } from "./caller.ts";
import type { ApiParts } from "./parts.ts";
import { RaidBody, SpaceParams } from "./schemas.ts";

const tags = ["raids"];
const security = [{ bearer: [] }];

/** A host takes the audience along to another space; the hosts of either may call it off. */
export function raidRoutes(app: Api, { tokens, spaces, raids, limits, present }: ApiParts): void {
  const onRequest = [requireCaller(tokens), limits.notices];

  app.post(
    "/api/v1/spaces/:id/raid",
    {
      onRequest,
      schema: {
        operationId: "raid",
        summary: "Take the audience along to another space that is live (host)",
        tags,
        security,
        params: SpaceParams,
        body: RaidBody,
        response: {
          201: answer("Raid", "Everybody is told, and goes in a moment; each may stay"),
          ...refusals("bad-request", "unauthorized", "forbidden", "not-found", "conflict"),
          ...refusals("ended", "too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request, reply) => {
      const [from, to] = [await spaces.find(request.params.id), await spaces.find(request.body.to)];
      if (hostOf(from).id !== callerOf(request).id) {
        throw new Refusal("forbidden", "only the host can take the audience along");
      }
      refuseUnlessLive(from.snapshot.state, "the space isn't live");
      refuseUnlessLive(to.snapshot.state, "the other space isn't live");
      if (from.snapshot.id === to.snapshot.id) {
        throw new Refusal("bad-request", "to must be another space");
      }
      if ([from, to].some(({ snapshot }) => raids.of(snapshot.id) !== undefined))
        throw partOfRaid();
      const raid = await raids.announce({
        from: from.snapshot.id,
        fromTitle: from.snapshot.title,
        to: to.snapshot.id,
        toTitle: to.snapshot.title,
        listeners: present(from, request).listeners.now,
      });
      if (raid === undefined) throw partOfRaid();
      return reply.code(201).send({
        to: raid.to,
        title: raid.toTitle,
        listeners: raid.listeners,
        startsAt: new Date(raid.startsAtMs).toISOString(),
        spreadSeconds: raid.spreadMs / 1_000,
      });
    },
  );

  app.delete(
    "/api/v1/spaces/:id/raid",
    {
      onRequest,
      schema: {
        operationId: "callOffRaid",
        summary: "Call off a raid from here, or one that comes here (host and cohosts)",
        tags,
        security,
        params: SpaceParams,
        response: {
          204: { description: "Whoever hasn't moved stays; none under way is no error" },
          ...refusals("unauthorized", "forbidden", "not-found", "too-many"),
        },
      },
    },
    async (request, reply) => {
      const space = await spaces.find(request.params.id);
      refuseNonModerators(space, callerOf(request).id);
      const raid = raids.of(space.snapshot.id);
      if (raid !== undefined) raids.callOff(raid.from);
      return reply.code(204).send();
    },
  );
}

function partOfRaid(): Refusal {
  return new Refusal("conflict", "one of the two is part of a raid: wait until it is over");
}

/** @throws {Refusal} `ended`, `conflict` */
function refuseUnlessLive(state: string, detail: string): void {
  if (state === "ended") throw new Refusal("ended", "the space has ended");
  if (state !== "live") throw new Refusal("conflict", `${detail}: both must be on air`);
}
