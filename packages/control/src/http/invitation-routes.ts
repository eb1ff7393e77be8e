import { Refusal } from "../errors.ts";
import {
  acceptInvitation,
  dropInvitation,
  followLink,
  inviteByName,
  offerHost,
  refuseUnlessHost,
} from "../roles/invitations.ts";
import { refuseUnlessRunning } from "../roles/record.ts";
import type { TimedRule } from "../spaces/spaces.ts";
import { answer, eitherAnswer, refusals } from "./answers.ts";
import type { Api } from "./app.ts";
import { callerOf, requireCaller } from "./caller.ts";
import { spacePage } from "./links.ts";
import type { ApiParts } from "./parts.ts";
import { InvitationBody, MemberParams, SpaceParams, StageBody } from "./schemas.ts";
import { bodyMayBeMissing } from "./validation.ts";

const tags = ["stage"];
const security = [{ bearer: [] }];

/** Ways onto the stage. A link is kept nowhere: what it allows stands in it, signed. */
export function invitationRoutes(app: Api, parts: ApiParts): void {
  invitingRoutes(app, parts);
  answeringRoutes(app, parts);
}

function invitingRoutes(app: Api, { tokens, spaces, limits, present, base }: ApiParts): void {
  app.post(
    "/api/v1/spaces/:id/invitations",
    {
      onRequest: [requireCaller(tokens), limits.changes],
      schema: {
        operationId: "createInvitation",
        summary: "Invite to the stage: one person by name, or whoever follows a link",
        description:
          "For host and cohosts. An invitation by name takes the person's hand down. `role` host hands the space over to who accepts, or to the first who follows the link: for the host alone.",
        tags,
        security,
        params: SpaceParams,
        body: InvitationBody,
        response: {
          201: eitherAnswer(
            "Invitation",
            "Space",
            "A link, for 24 hours and for any number of people; or, by name, the space that now holds the invitation",
          ),
          ...refusals("bad-request", "unauthorized", "forbidden", "not-found", "conflict", "full"),
          ...refusals("ended", "too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const actor = callerOf(request).id;
      const { role, userId } = request.body;
      const isHandOver = role === "host";
      if (userId !== undefined) {
        const invited = await spaces.change(id, (space) =>
          isHandOver ? offerHost(space, actor, userId) : inviteByName(space, actor, userId, role),
        );
        return reply.code(201).send(present(invited, request));
      }
      const space = await spaces.find(id);
      if (isHandOver) refuseUnlessHost(space, actor);
      else refuseUnlessRunning(space, actor);
      const claims = isHandOver ? { role: "cohost" as const, host: actor } : { role };
      const { token, expiresAtMs } = await tokens.issueInvitation({ space: id, ...claims });
      return reply.code(201).send({
        invitation: token,
        url: `${spacePage(base(request), id)}?invitation=${token}`,
        expiresAt: new Date(expiresAtMs).toISOString(),
      });
    },
  );

  app.delete(
    "/api/v1/spaces/:id/invitations/:userId",
    {
      onRequest: [requireCaller(tokens), limits.changes],
      schema: {
        operationId: "dropInvitation",
        summary: "Decline an invitation by name; host and cohosts withdraw it",
        tags,
        security,
        params: MemberParams,
        response: {
          204: { description: "Not invited any more; not before either is no error" },
          ...refusals("unauthorized", "forbidden", "not-found", "ended", "too-many"),
        },
      },
    },
    async (request, reply) => {
      const actor = callerOf(request).id;
      const { id, userId } = request.params;
      await spaces.change(id, (space) => dropInvitation(space, actor, userId));
      return reply.code(204).send();
    },
  );
}

function answeringRoutes(app: Api, { tokens, spaces, limits, present }: ApiParts): void {
  app.post(
    "/api/v1/spaces/:id/stage",
    {
      onRequest: [requireCaller(tokens), limits.changes],
      preValidation: bodyMayBeMissing,
      schema: {
        operationId: "joinStage",
        summary: "Step on stage: by a link, or having been invited by name",
        description: "On stage already is no error.",
        tags,
        security,
        params: SpaceParams,
        body: StageBody,
        response: {
          200: answer("Space", "The space with the caller on its stage"),
          ...refusals("bad-request", "unauthorized", "forbidden", "blocked", "not-found", "full"),
          ...refusals("ended", "too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      const caller = callerOf(request);
      const { invitation } = request.body;
      const link = invitation === undefined ? undefined : await tokens.readInvitation(invitation);
      if (link !== undefined && link.space !== id) {
        throw new Refusal("forbidden", "the invitation is for another space: check the link");
      }
      const step: TimedRule = (space, nowMs) =>
        link === undefined
          ? acceptInvitation(space, caller, nowMs)
          : followLink(space, caller, link, nowMs);
      // Who becomes the host brings their own block list.
      return present(await spaces.change(id, step, [caller.id]), request);
    },
  );
}
