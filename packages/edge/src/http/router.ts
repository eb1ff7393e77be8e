import type { IncomingMessage, ServerResponse } from "node:http";
import { isSpaceId } from "@rostra/wire";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Admission } from "../admission/admission.ts";
import { createWhereToListen } from "../admission/where-to-listen.ts";
import type { Spaces } from "../space/spaces.ts";
import { sendHealth, sendReadiness } from "./health.ts";
import type { LiveHandler } from "./live.ts";
import { sendAllMetrics } from "./metrics-page.ts";
import { BODY_BYTES, noService, type ServiceProxy } from "./proxy.ts";
import { refuse, sendRefusal } from "./respond.ts";
import type { Site } from "./site.ts";
import { stageOf, withStage } from "./stage-of.ts";

/** Those who answer, each for its part of the paths. */
export interface RouterOptions {
  readonly edgeName: string;
  readonly spaces: Spaces;
  readonly live: LiveHandler;
  readonly admission: Admission;
  readonly proxy: ServiceProxy;
  readonly site: Site;
  readonly registry: Registry;
  readonly log: Logger;
}

/** With or without a session behind it. */
const WHIP = /^\/api\/v1\/spaces\/([0-9a-z]{16})\/whip(\/[^/]+)?$/;

/** Leads each request of the public port to whoever answers it. */
export function createRouter(options: RouterOptions) {
  const { spaces, live, site, registry, edgeName, log } = options;
  const whereToListen = createWhereToListen(spaces.state, options.admission);

  // What the edge says of itself.
  const own = (res: ServerResponse, path: string): boolean => {
    if (path === "/healthz") sendHealth(res);
    else if (path === "/readyz") sendReadiness(res, spaces.state.services(), edgeName);
    else if (path === "/metrics") {
      const services = spaces.state.services();
      sendAllMetrics(res, { ownName: edgeName, registry, services }).catch((err) => {
        log.error({ err }, "the metrics can't be collected");
        sendRefusal(res, refuse("internal", "the metrics can't be collected"));
      });
    } else return false;
    return true;
  };

  return (
    req: IncomingMessage,
    res: ServerResponse,
    path: string,
    query: URLSearchParams,
  ): void => {
    if (path.startsWith("/live/")) live.handle(req, res, path, query);
    else if (whereToListen(req, res, path)) return;
    else if (path.startsWith("/api/")) forward(req, res, { path, query }, options);
    else if (req.method !== "GET" && req.method !== "HEAD") {
      sendRefusal(res, refuse("method-not-allowed", "use GET", { allow: "GET, HEAD" }));
    } else if (!own(res, path)) site(req, res, path);
  };
}

/** A space's own stages answer WHIP; everything else is control's. */
function forward(
  req: IncomingMessage,
  res: ServerResponse,
  { path, query }: { path: string; query: URLSearchParams },
  { spaces: { state }, proxy }: RouterOptions,
): void {
  const [, spaceId, session] = WHIP.exec(path) ?? [];
  if (spaceId === undefined) {
    // Any control process will do: they share their store.
    const controls = state.services().filter((service) => service.role === "control");
    const urls = controls.map(({ url }) => url);
    if (urls.length === 0) sendRefusal(res, noService("control"));
    else proxy.forward(req, res, { urls, bodyBytes: BODY_BYTES.control });
    return;
  }
  const name = query.get("stage");
  const stage = stageOf(state, { spaceId, name, isSession: session !== undefined });
  if ("code" in stage) {
    sendRefusal(res, stage);
    return;
  }
  const destination = { urls: [stage.url], bodyBytes: BODY_BYTES.stage };
  const isPair = isSpaceId(spaceId) && state.space(spaceId)?.secondStageName !== undefined;
  if (name === null && !isPair) proxy.forward(req, res, destination);
  else {
    const location = (given: string) => withStage(given, stage.name);
    proxy.forward(req, res, { ...destination, location });
  }
}
