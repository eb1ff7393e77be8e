import type { FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { BlockLists } from "../accounts/block-lists.ts";
import type { Tokens } from "../accounts/tokens.ts";
import type { Presence } from "../roles/presence.ts";
import type { SpaceDirectory } from "../spaces/directory.ts";
import type { ListenerCounts } from "../spaces/listener-counts.ts";
import type { Raids } from "../spaces/raids.ts";
import type { Spaces } from "../spaces/spaces.ts";
import { traceRequests } from "../tracing.ts";
import { type Api, createApi } from "./app.ts";
import { blockRoutes } from "./block-routes.ts";
import { guestRoutes } from "./guest-routes.ts";
import { handRoutes } from "./hand-routes.ts";
import { internalRoutes } from "./internal-routes.ts";
import { invitationRoutes } from "./invitation-routes.ts";
import { publicBase } from "./links.ts";
import { refuseOtherMethods } from "./methods.ts";
import { controlMetrics } from "./metrics.ts";
import { nameRoutes } from "./name-routes.ts";
import { noticeRoutes } from "./notice-routes.ts";
import type { ApiParts } from "./parts.ts";
import { presentSpace } from "./present.ts";
import { raidRoutes } from "./raid-routes.ts";
import { type RateLimits, rateLimitHooks } from "./rate-limits.ts";
import { spaceRoutes } from "./space-routes.ts";
import { stageRoutes } from "./stage-routes.ts";

export interface HttpParts {
  readonly log: Logger;
  readonly registry: Registry;
  /** Whether an address is that of a process of this fleet. */
  readonly isOurs: (address: string) => boolean;
  readonly tokens: Tokens;
  readonly spaces: Spaces;
  readonly directory: SpaceDirectory;
  readonly listeners: ListenerCounts;
  readonly presence: Presence;
  readonly blockLists: BlockLists;
  readonly raids: Raids;
  readonly publicUrl: string | null;
  readonly rateLimits: RateLimits | "off";
  readonly tracing: boolean;
}

/** The whole HTTP side of control, ready to listen. */
export async function buildApi(http: HttpParts): Promise<Api> {
  const app = await createApi(http.log, http.isOurs);
  const metrics = controlMetrics(http.registry, () => http.directory.all());
  const limits = rateLimitHooks(app, http.rateLimits);
  const base = (request: FastifyRequest) => publicBase(request, http.publicUrl);
  const parts: ApiParts = {
    tokens: http.tokens,
    spaces: http.spaces,
    limits,
    base,
    guestMade: metrics.guestMade,
    blockLists: http.blockLists,
    raids: http.raids,
    present: ({ snapshot, notes, peakListeners }, request) => {
      const { now } = http.listeners.of(snapshot.id);
      const connected = http.presence.connected(snapshot.id);
      const listeners = { now, peak: peakListeners };
      return presentSpace(
        snapshot,
        { connected, listeners, hands: notes.hands.length },
        base(request),
      );
    },
  };
  metrics.observe(app);
  if (http.tracing) traceRequests(app);
  const refuseTheRest = refuseOtherMethods(app);
  // In a scope of their own: the limit on all calls is for callers, not for who runs the server.
  await app.register((api: Api, _options, done) => {
    api.addHook("onRequest", limits.calls);
    // Tokens are nothing for a cache, and lists are old in a second.
    api.addHook(
      "onSend",
      async (_request, reply) =>
        void reply.headers({ "cache-control": "no-store", "x-content-type-options": "nosniff" }),
    );
    guestRoutes(api, parts);
    spaceRoutes(api, parts);
    stageRoutes(api, parts);
    invitationRoutes(api, parts);
    handRoutes(api, parts);
    blockRoutes(api, parts);
    nameRoutes(api, parts);
    noticeRoutes(api, parts);
    raidRoutes(api, parts);
    api.get("/api/openapi.json", { schema: { hide: true } }, () => app.swagger());
    done();
  });
  internalRoutes(app, http.registry);
  refuseTheRest();
  await app.ready();
  return app;
}
