import type { ServerResponse } from "node:http";
import type { Service } from "@rostra/wire";
import { refuse, send, sendRefusal } from "./respond.ts";

const JSON_HEADERS = { "content-type": "application/json", "cache-control": "no-store" } as const;

/** This process lives. */
export function sendHealth(res: ServerResponse): void {
  send(res, 200, JSON.stringify({ status: "ok" }), JSON_HEADERS);
}

/**
 * All that a space needs is there: control, a stage, and this edge, as the relay sees them. An edge
 * that its relay doesn't know can't be reached for its metrics, and serves nothing new.
 */
export function sendReadiness(
  res: ServerResponse,
  services: readonly Service[],
  edgeName: string,
): void {
  const missing: string[] = [];
  if (!services.some((it) => it.role === "control")) missing.push("control");
  if (!services.some((it) => it.role === "stage")) missing.push("stage");
  const own = services.find((it) => it.name === edgeName);
  if (own === undefined) missing.push(edgeName);
  if (own?.isDraining === true) {
    sendRefusal(
      res,
      refuse("unavailable", "this edge drains: ask another", { "retry-after": "1" }),
    );
  } else if (missing.length === 0) {
    send(res, 200, JSON.stringify({ status: "ready" }), JSON_HEADERS);
  } else {
    const headers = { "retry-after": "1" };
    sendRefusal(res, refuse("unavailable", `waiting for: ${missing.join(", ")}`, headers));
  }
}
