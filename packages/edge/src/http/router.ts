import type { IncomingMessage, ServerResponse } from "node:http";
import { isSpaceId, type Service } from "@rostra/wire";
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
const WHIP = /^\/api\/v1\/spaces\/([0-9a-z]{16})\/whip(?:\/[^/]+)?$/;

/** Leads each request of the public port to whoever answers it. */
export function createRouter(options: RouterOptions) {
  const { spaces, live, proxy, site, registry, edgeName, log } = options;
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
    else if (path.startsWith("/api/")) forward(req, res, path, spaces, proxy);
    else if (req.method !== "GET" && req.method !== "HEAD") {
      sendRefusal(res, refuse("method-not-allowed", "use GET", { allow: "GET, HEAD" }));
    } else if (!own(res, path)) site(req, res, path);
  };
}

/** A space's own stage answers WHIP; everything else is control's. */
function forward(
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  spaces: Spaces,
  proxy: ServiceProxy,
): void {
  const whipId = WHIP.exec(path)?.[1];
  if (whipId === undefined) {
    // Any control process will do: they share their store.
    const control = spaces.state.services().find((service) => service.role === "control");
    if (control === undefined) sendRefusal(res, noService("control"));
    else proxy.forward(req, res, control.url, BODY_BYTES.control);
    return;
  }
  const space = isSpaceId(whipId) ? spaces.state.space(whipId) : undefined;
  if (space === undefined) {
    sendRefusal(res, refuse("not-found", "there is no such space"));
    return;
  }
  const stage: Service | undefined = spaces.state.service(space.stageName);
  if (stage?.role !== "stage") sendRefusal(res, noService("the stage of this space"));
  else proxy.forward(req, res, stage.url, BODY_BYTES.stage);
}
