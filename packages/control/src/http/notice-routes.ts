import { clearNotice, writeNotice } from "../roles/notices.ts";
import { answer, refusals } from "./answers.ts";
import type { Api } from "./app.ts";
import { callerOf, requireCaller } from "./caller.ts";
import type { ApiParts } from "./parts.ts";
import { NoticeBody, SpaceParams } from "./schemas.ts";

const tags = ["notices"];
const security = [{ bearer: [] }];
/** How long newcomers are shown a notice that doesn't say, s. */
const KEEP_SECONDS = 600;

/** What hosts have to say to everybody, in writing. */
export function noticeRoutes(app: Api, { tokens, spaces, limits }: ApiParts): void {
  const onRequest = [requireCaller(tokens), limits.notices];

  app.post(
    "/api/v1/spaces/:id/notices",
    {
      onRequest,
      schema: {
        operationId: "writeNotice",
        summary: "Tell everybody something; it replaces the notice before (host and cohosts)",
        tags,
        security,
        params: SpaceParams,
        body: NoticeBody,
        response: {
          201: answer("Notice", "On its way to all pages"),
          ...refusals("bad-request", "unauthorized", "forbidden", "not-found", "ended"),
          ...refusals("too-large", "unsupported-media-type", "too-many"),
        },
      },
    },
    async (request, reply) => {
      const actor = callerOf(request).id;
      const { text, keepSeconds = KEEP_SECONDS } = request.body;
      const { notes } = await spaces.change(request.params.id, (space, nowMs) =>
        writeNotice(space, actor, { text, keepMs: keepSeconds * 1_000 }, nowMs),
      );
      const { id, atMs, untilMs } = notes.notice!;
      const [at, until] = [atMs, untilMs].map((ms) => new Date(ms).toISOString());
      return reply.code(201).send({ id, text: notes.notice!.text, at: at!, until: until! });
    },
  );

  app.delete(
    "/api/v1/spaces/:id/notices",
    {
      onRequest,
      schema: {
        operationId: "clearNotice",
        summary: "Take the notice away from all pages (host and cohosts)",
        tags,
        security,
        params: SpaceParams,
        response: {
          204: { description: "No notice stands; none before is no error" },
          ...refusals("unauthorized", "forbidden", "not-found", "ended", "too-many"),
        },
      },
    },
    async (request, reply) => {
      const actor = callerOf(request).id;
      await spaces.change(request.params.id, (space, nowMs) => clearNotice(space, actor, nowMs));
      return reply.code(204).send();
    },
  );
}
