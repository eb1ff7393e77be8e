import type { Static } from "@fastify/type-provider-typebox";
import type { UserId } from "@rostra/wire";
import { setChannel } from "../roles/channels.ts";
import { offerHost } from "../roles/invitations.ts";
import { muteAll, setMicLocked, setMuted } from "../roles/microphones.ts";
import { handOver, setRole } from "../roles/ranks.ts";
import { memberOf, type SpaceRecord } from "../roles/record.ts";
import { leaveStage } from "../roles/stage.ts";
import type { TimedRule } from "../spaces/spaces.ts";
import { answer, refusals } from "./answers.ts";
import type { Api } from "./app.ts";
import { callerOf, requireCaller } from "./caller.ts";
import type { ApiParts } from "./parts.ts";
import { HostBody, MemberBody, MemberParams, MuteAllBody, SpaceParams } from "./schemas.ts";
import { bodyMayBeMissing } from "./validation.ts";

const tags = ["stage"];
const security = [{ bearer: [] }];

/** Who may be heard in a space. Whether they are is the stage's to say: it mixes. */
export function stageRoutes(app: Api, parts: ApiParts): void {
  memberRoutes(app, parts);
  wholeStageRoutes(app, parts);
}

/** All or nothing: each rule sees what the one before it made. */
function changeMember(
  record: SpaceRecord,
  actor: UserId,
  target: UserId,
  change: Static<typeof MemberBody>,
  nowMs: number,
): SpaceRecord {
  const { muted, micLocked, role, channel } = change;
  let changed = record;
  if (micLocked !== undefined) changed = setMicLocked(changed, actor, target, micLocked);
  if (role !== undefined) changed = setRole(changed, actor, target, role, nowMs);
  if (channel !== undefined) changed = setChannel(changed, actor, target, channel);
  if (muted !== undefined) changed = setMuted(changed, actor, target, muted);
  return changed;
}

/** What must work whatever else doesn't. */
function onlySilences({ muted, micLocked, role, channel }: Static<typeof MemberBody>): boolean {
  return role === undefined && channel === undefined && muted !== false && micLocked !== false;
}

function memberRoutes(app: Api, { tokens, spaces, limits, present }: ApiParts): void {
  const onRequest = [requireCaller(tokens), limits.changes];

  app.patch(
    "/api/v1/spaces/:id/stage/:userId",
    {
      onRequest,
      schema: {
        operationId: "changeMember",
        summary: "Mute, lock, promote, demote or move somebody on stage",
        description:
          "Oneself: muted and channel. Host and cohosts: all of everybody, but nobody is unmuted by others. All of the changes are made, or none.",
        tags,
        security,
        params: MemberParams,
        body: MemberBody,
        response: {
          200: answer("Space", "The space as it is now"),
          ...refusals("bad-request", "unauthorized", "forbidden", "mic-locked", "not-on-stage"),
          ...refusals("not-found", "full", "ended"),
          ...refusals("too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request) => {
      const actor = callerOf(request).id;
      const { id, userId } = request.params;
      const rule: TimedRule = (space, nowMs) =>
        changeMember(space, actor, userId, request.body, nowMs);
      const changed = await (onlySilences(request.body)
        ? spaces.takeAway(id, rule)
        : spaces.change(id, rule));
      return present(changed, request);
    },
  );

  app.delete(
    "/api/v1/spaces/:id/stage/:userId",
    {
      onRequest,
      schema: {
        operationId: "leaveStage",
        summary: "Step down; host and cohosts may remove others, whose links are dead then",
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
      const rule: TimedRule = (space, nowMs) => leaveStage(space, actor, userId, nowMs);
      // Who is removed may not come back by an old link, who leaves may: only the store knows which.
      await (actor === userId ? spaces.change(id, rule) : spaces.takeAway(id, rule));
      return reply.code(204).send();
    },
  );
}

function wholeStageRoutes(app: Api, { tokens, spaces, limits, present }: ApiParts): void {
  const onRequest = [requireCaller(tokens), limits.changes];

  app.post(
    "/api/v1/spaces/:id/mute-all",
    {
      onRequest,
      preValidation: bodyMayBeMissing,
      schema: {
        operationId: "muteAll",
        summary: "Mute everybody on stage but oneself and `except` (host and cohosts)",
        tags,
        security,
        params: SpaceParams,
        body: MuteAllBody,
        response: {
          200: answer("Space", "The space as it is now"),
          ...refusals("bad-request", "unauthorized", "forbidden", "not-found", "ended"),
          ...refusals("too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request) => {
      const actor = callerOf(request).id;
      const { except = [] } = request.body;
      const muted = await spaces.takeAway(request.params.id, (space) =>
        muteAll(space, actor, except),
      );
      return present(muted, request);
    },
  );

  app.post(
    "/api/v1/spaces/:id/host",
    {
      onRequest,
      schema: {
        operationId: "handOver",
        summary: "Hand the space over; the host becomes cohost",
        description:
          "To somebody on stage at once. Anybody else is asked: they are the host when they accept (`invited` says so until then), wherever they listen.",
        tags,
        security,
        params: SpaceParams,
        body: HostBody,
        response: {
          200: answer("Space", "The space as it is now"),
          ...refusals("bad-request", "unauthorized", "forbidden", "not-found", "conflict", "full"),
          ...refusals("ended", "too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request) => {
      const actor = callerOf(request).id;
      const { userId } = request.body;
      const rule: TimedRule = (space, nowMs) =>
        memberOf(space, userId) === undefined
          ? offerHost(space, actor, userId)
          : handOver(space, actor, userId, nowMs);
      // The new host's own block list is in force from the same moment on.
      const handed = await spaces.change(request.params.id, rule, [userId]);
      return present(handed, request);
    },
  );
}
