import { Refusal } from "../errors.ts";
import {
  joinStage,
  leaveStage,
  refuseEnded,
  refuseNonModerators,
  setMuted,
} from "../stage-members/roster.ts";
import { answer, refusals } from "./answers.ts";
import type { Api } from "./app.ts";
import { callerOf, requireCaller } from "./caller.ts";
import { spacePage } from "./links.ts";
import type { ApiParts } from "./parts.ts";
import { InvitationBody, MemberParams, MuteBody, SpaceParams, StageBody } from "./schemas.ts";

const tags = ["stage"];
const security = [{ bearer: [] }];

/** Who may be heard in a space. Whether they are is the stage's to say: it mixes. */
export function stageRoutes(app: Api, parts: ApiParts): void {
  invitationRoutes(app, parts);
  memberRoutes(app, parts);
}

/** An invitation is kept nowhere either: what it allows stands in it, signed. */
function invitationRoutes(app: Api, parts: ApiParts): void {
  const { tokens, spaces, limits, present, base } = parts;
  const onRequest = [requireCaller(tokens), limits.changes];

  app.post(
    "/api/v1/spaces/:id/invitations",
    {
      onRequest,
      schema: {
        operationId: "createInvitation",
        summary: "Make a link that brings whoever follows it on stage (host and cohosts)",
        tags,
        security,
        params: SpaceParams,
        body: InvitationBody,
        response: {
          201: answer("Invitation", "Valid for 24 hours, for any number of people"),
          ...refusals("bad-request", "unauthorized", "forbidden", "not-found", "ended"),
          ...refusals("too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request, reply) => {
      const { snapshot } = await spaces.find(request.params.id);
      refuseEnded(snapshot);
      refuseNonModerators(snapshot, callerOf(request).id);
      const { role } = request.body;
      const { token, expiresAtMs } = await tokens.issueInvitation({ space: snapshot.id, role });
      return reply.code(201).send({
        invitation: token,
        url: `${spacePage(base(request), snapshot.id)}?invitation=${token}`,
        expiresAt: new Date(expiresAtMs).toISOString(),
      });
    },
  );

  app.post(
    "/api/v1/spaces/:id/stage",
    {
      onRequest,
      schema: {
        operationId: "joinStage",
        summary: "Step on stage with an invitation; on stage already is no error",
        tags,
        security,
        params: SpaceParams,
        body: StageBody,
        response: {
          200: answer("Space", "The space with the caller on its stage"),
          ...refusals("bad-request", "unauthorized", "forbidden", "not-found", "conflict"),
          ...refusals("ended", "too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      const invitation = await tokens.readInvitation(request.body.invitation);
      if (invitation.space !== id) {
        throw new Refusal("forbidden", "the invitation is for another space: check the link");
      }
      const caller = callerOf(request);
      const joined = await spaces.change(id, (space) => joinStage(space, caller, invitation.role));
      return present(joined, request);
    },
  );
}

function memberRoutes(app: Api, { tokens, spaces, limits, present }: ApiParts): void {
  const onRequest = [requireCaller(tokens), limits.changes];

  app.patch(
    "/api/v1/spaces/:id/stage/:userId",
    {
      onRequest,
      schema: {
        operationId: "muteMember",
        summary: "Mute or unmute oneself; host and cohosts may mute others, never unmute them",
        tags,
        security,
        params: MemberParams,
        body: MuteBody,
        response: {
          200: answer("Space", "The space as it is now"),
          ...refusals("bad-request", "unauthorized", "forbidden", "not-found", "ended"),
          ...refusals("too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request) => {
      const actor = callerOf(request).id;
      const { id, userId } = request.params;
      const { muted } = request.body;
      const changed = await spaces.change(id, (space) => setMuted(space, actor, userId, muted));
      return present(changed, request);
    },
  );

  app.delete(
    "/api/v1/spaces/:id/stage/:userId",
    {
      onRequest,
      schema: {
        operationId: "leaveStage",
        summary: "Leave the stage; host and cohosts may remove others. The host ends the space",
        tags,
        security,
        params: MemberParams,
        response: {
          204: { description: "Not on stage any more" },
          ...refusals("unauthorized", "forbidden", "not-found", "conflict", "ended", "too-many"),
        },
      },
    },
    async (request, reply) => {
      const actor = callerOf(request).id;
      const { id, userId } = request.params;
      await spaces.change(id, (space) => leaveStage(space, actor, userId));
      return reply.code(204).send();
    },
  );
}
