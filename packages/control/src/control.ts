import { join } from "node:path";
import type { Relay } from "@rostra/relay";
import { type Clock, type Service, STATE_KEYS } from "@rostra/wire";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { loadSigningKey } from "./accounts/signing-key.ts";
import { Tokens } from "./accounts/tokens.ts";
import { createApi } from "./http/app.ts";
import { guestRoutes } from "./http/guest-routes.ts";
import { publicBase } from "./http/links.ts";
import { presentSpace } from "./http/present.ts";
import { spaceRoutes } from "./http/space-routes.ts";
import { SpaceDirectory } from "./spaces/directory.ts";
import { ListenerCounts } from "./spaces/listener-counts.ts";
import { Placement } from "./spaces/placement.ts";
import { Spaces } from "./spaces/spaces.ts";
import { ConnectedMembers } from "./stage-members/connected.ts";
import { openPgliteStore } from "./store/pglite/pglite-store.ts";

export interface ControlOptions {
  /** Unique in the fleet: `control`. */
  readonly name: string;
  /** Closed by whoever made it, after control. */
  readonly relay: Relay;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Registry;
  /** The internal listener; port 0 takes any. */
  readonly http: { readonly host: string; readonly port: number };
  /** Holds the signing key and the store; made where it is missing. */
  readonly dataDirectory: string;
  /** Base of the links that are given out; null: as each caller found us. */
  readonly publicUrl: string | null;
}

export interface Control {
  /** Base of the internal HTTP listener. */
  readonly url: string;
  close(): Promise<void>;
}

/** How long an ended space stays in the relay's state, so that edges can say that it ended. */
export const ENDED_SHOWN_MS = 3_600_000;

export async function createControl(options: ControlOptions): Promise<Control> {
  const { name, relay, clock, log, dataDirectory } = options;
  const key = await loadSigningKey(dataDirectory);
  const store = await openPgliteStore({ directory: join(dataDirectory, "store"), clock });
  const tokens = new Tokens(key, clock);
  const directory = new SpaceDirectory(relay);
  const placement = new Placement(relay);
  const listeners = new ListenerCounts(relay);
  const connected = new ConnectedMembers(relay);
  const spaces = new Spaces({ store, directory, placement, clock });

  relay.put(STATE_KEYS.verificationKey, key.verificationKey);
  for (const stored of await store.loadCurrentSpaces(clock.nowMs() - ENDED_SHOWN_MS)) {
    listeners.recall(stored.snapshot.id, stored.peakListeners);
    directory.publish(stored.snapshot);
  }

  const app = createApi(log);
  const parts = {
    tokens,
    spaces,
    present: (space, request) =>
      presentSpace(
        space,
        { connected: connected.of(space.id), listeners: listeners.of(space.id) },
        publicBase(request, options.publicUrl),
      ),
  } satisfies import("./http/parts.ts").ApiParts;
  guestRoutes(app, parts);
  spaceRoutes(app, parts);
  const url = await app.listen(options.http);
  const service: Service = { role: "control", name, url, pid: process.pid };
  relay.put(STATE_KEYS.service(name), service, { ephemeral: true });

  return {
    url,
    close: async () => {
      relay.put(STATE_KEYS.service(name), undefined);
      await app.close();
      placement.close();
      listeners.close();
      connected.close();
      await store.close();
    },
  };
}
