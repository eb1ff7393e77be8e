import type { SpaceSnapshot } from "@rostra/wire";
import { SPACE_STATES } from "@rostra/wire";
import type { FastifyInstance } from "fastify";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What control counts; Prometheus reads it from the registry. */
export interface ControlMetrics {
  guestMade(): void;
  /** Counts and times every request of `app`. */
  observe(app: FastifyInstance): void;
}

/** @param spaces all that control holds now */
export function controlMetrics(
  registry: Registry,
  spaces: () => Iterable<SpaceSnapshot>,
): ControlMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: "rostra_control_requests_total",
    help: "Requests answered, by route and status",
    labelNames: ["route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "rostra_control_request_seconds",
    help: "Time from a request to its answer, by route",
    labelNames: ["route"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers,
  });
  const guests = new Counter({
    name: "rostra_control_guests_total",
    help: "Guests made",
    registers,
  });
  new Gauge({
    name: "rostra_control_spaces",
    help: "Spaces by state; ended ones for as long as they are shown as such",
    labelNames: ["state"],
    registers,
    collect() {
      const byState = new Map(SPACE_STATES.map((state) => [state, 0]));
      for (const { state } of spaces()) byState.set(state, byState.get(state)! + 1);
      for (const [state, count] of byState) this.set({ state }, count);
    },
  });
  return {
    guestMade: () => guests.inc(),
    observe: (app) => {
      app.addHook("onResponse", async (request, reply) => {
        // The pattern, not the address: labels must stay few.
        const route = request.routeOptions.url ?? "none";
        requests.inc({ route, status: reply.statusCode });
        seconds.observe({ route }, reply.elapsedTime / 1000);
      });
    },
  };
}
