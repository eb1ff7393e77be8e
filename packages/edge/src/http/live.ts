import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import {
  type Clock,
  isFrameNumber,
  isSpaceId,
  type ListenMessage,
  type SpaceId,
} from "@rostra/wire";
import type { Admission } from "../admission/admission.ts";
import { NO_SECOND_LINK, NO_STANDBY } from "../admission/second-link.ts";
import type { NewcomerKind } from "../admission/verdict.ts";
import { BOUNDS } from "../bounds.ts";
import { sendPeople } from "../events/people-route.ts";
import type { Listener } from "../fanout/crowd.ts";
import { endSocket } from "../fanout/farewell.ts";
import { NO_ROOM } from "../fanout/standbys.ts";
import type { TrustedProxies } from "../gate/address.ts";
import type { UpgradeRequest } from "../gate/first-request.ts";
import { firstNeeded, serveHls } from "../hls/handler.ts";
import type { EdgeMetrics } from "../metrics.ts";
import { hasMore } from "../program/has-more.ts";
import type { LiveSpace } from "../space/live-space.ts";
import type { Spaces } from "../space/spaces.ts";
import { sendFrames } from "./frames.ts";
import { judgeHandshake, upgradeRequired } from "./handshake.ts";
import { type LiveRoute, parseLivePath } from "./live-routes.ts";
import { BAD_RENDITION, renditionOf, wholeNumber } from "./query.ts";
import { CORS, type Refusal, rawRefusal, refuse, send, sendRefusal } from "./respond.ts";
import { streamHead, streamHeaders } from "./stream-head.ts";
import type { SocketTakeOver } from "./take-over.ts";

export interface LiveOptions {
  /** Where an id is looked up: in memory, never in a store. */
  readonly spaces: Spaces;
  readonly metrics: EdgeMetrics;
  /** Who comes in, and where the others go. */
  readonly admission: Admission;
  /** Who is believed when it says whom a request comes from. */
  readonly proxies: TrustedProxies;
  /** How an endless answer gets its socket. */
  readonly takeOver: SocketTakeOver;
  readonly clock: Clock;
}

/** Who comes in, and the frame that it wants first, if that isn't the newest. */
interface Coming {
  readonly kind: NewcomerKind;
  readonly live: LiveSpace;
  readonly from?: number | undefined;
}

/** What nearly everybody wants. */
const PLAIN_WISH = { from: undefined, sound: true, rendition: "full" } as const;

/** A space that this edge can serve, and what of it is wanted. */
interface Found {
  readonly route: LiveRoute;
  readonly live: LiveSpace;
}

/** A handshake that asks for nothing wrong: who it is, and how it comes in. */
interface Wish extends Coming {
  readonly kind: "websocket" | "events";
  readonly id: SpaceId;
  /** @param waited who stood by so far */
  readonly join: (socket: Socket, head: string, waited?: Listener) => void;
}

/**
 * Everything under /live: who asks for sound is answered here. Nobody needs a token to listen, and
 * every refusal says why.
 */
export class LiveHandler {
  readonly #options: LiveOptions;
  #lastPath: string | undefined;
  #lastRoute: LiveRoute | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  /** A plain request: streams, HLS, frames by number. */
  handle(req: IncomingMessage, res: ServerResponse, path: string, query: URLSearchParams): void {
    if (req.method === "OPTIONS") {
      const allow = { "access-control-allow-methods": "GET, HEAD, OPTIONS" };
      send(res, 204, "", { ...CORS, ...allow, "access-control-max-age": "86400" });
      return;
    }
    const found = this.#find(req, path);
    if ("code" in found) this.#refuse(res, found);
    else this.#serve(req, res, found.route, found.live, query);
  }

  #serve(
    req: IncomingMessage,
    res: ServerResponse,
    route: LiveRoute,
    live: LiveSpace,
    query: URLSearchParams,
  ): void {
    switch (route.kind) {
      case "websocket":
        this.#refuse(res, upgradeRequired());
        return;
      case "ogg":
      case "aac":
        this.#stream(req, res, { kind: route.kind, live, query });
        return;
      case "frames": {
        const from = wholeNumber(query, "from");
        live.program.whenBegun(
          () => {
            const refusal = sendFrames(res, live.program.line, query);
            if (refusal !== undefined) this.#refuse(res, refusal);
          },
          typeof from === "number" ? from : undefined,
        );
        return;
      }
      case "people": {
        const { shedding } = this.#options.admission;
        const refusal = shedding.sheds("people") ? NO_PEOPLE_NOW : sendPeople(res, live, query);
        if (refusal !== undefined) this.#refuse(res, refusal);
        return;
      }
      case "hls":
        this.#options.metrics.hlsRequests.inc();
        live.audience.sawHls(this.#addressOf(req), req.headers["user-agent"] ?? "");
        if (route.file === "index.m3u8") {
          const full = this.#options.admission.refusalOfHls(req.socket, live.snapshot.id, query);
          if (full !== undefined) {
            this.#refuse(res, full);
            return;
          }
        }
        // What an edge says that has just begun must be what the others say.
        live.program.whenBegun(
          () =>
            serveHls({
              res,
              file: route.file,
              query,
              stream: live.hls,
              clock: this.#options.clock,
              onRefused: (refusal) => this.#refuse(res, refusal),
            }),
          firstNeeded(route.file, live.program.newest),
        );
    }
  }

  #addressOf({ socket, headers }: IncomingMessage): string {
    return this.#options.proxies.clientOf(socket.remoteAddress, headers["x-forwarded-for"]);
  }

  /** Ogg and AAC: an answer without an end, on a socket of its own. */
  #stream(
    req: IncomingMessage,
    res: ServerResponse,
    wish: { kind: "ogg" | "aac"; live: LiveSpace; query: URLSearchParams },
  ): void {
    const { kind, live, query } = wish;
    const headers = streamHeaders(kind, live.snapshot, req.headers["icy-metadata"] === "1");
    if (req.method === "HEAD") {
      // Players look at the headers first; they are the same, and so is what they say of the end.
      res.shouldKeepAlive = false;
      res.writeHead(200, headers);
      res.end();
      return;
    }
    const rendition = renditionOf(query);
    if (rendition === undefined) {
      this.#refuse(res, BAD_RENDITION);
      return;
    }
    const refusal = this.#options.admission.refusal({ kind, id: live.snapshot.id, query });
    if (refusal !== undefined) {
      this.#refuse(res, refusal);
      return;
    }
    const head = streamHead(headers);
    const join = (socket: Socket) => {
      this.#letIn(wish, socket, () => live.room.joinStream(kind, socket, head, rendition));
    };
    if (!this.#options.takeOver.take(req, res, join)) {
      this.#refuse(res, refuse("bad-request", "wait for one answer before the next request"));
    }
  }

  /** A request to upgrade. The socket is bare already: whatever is said is written to it. */
  upgrade(req: UpgradeRequest, socket: Socket, path: string, query: URLSearchParams): void {
    const found = this.#find(req, path);
    if ("code" in found) {
      this.#refuseRaw(socket, found);
      return;
    }
    const head = judgeHandshake(req);
    const standsBy = query.has("standby") && found.route.kind === "websocket";
    if (standsBy && typeof head === "string") {
      this.#standBy(found, socket, head);
      return;
    }
    const wish = this.#wish(found.route, found.live, query);
    if ("code" in wish) {
      this.#refuseRaw(socket, wish);
      return;
    }
    // Who can't come in here is told before the handshake: afterwards nobody can be redirected.
    const refusal =
      typeof head === "string"
        ? this.#options.admission.refusal({ kind: wish.kind, id: wish.id, query })
        : head;
    if (refusal !== undefined) this.#refuseRaw(socket, refusal);
    else this.#letIn(wish, socket, () => wish.join(socket, head as string));
  }

  /** A link in waiting: nobody's place, and nothing to hear until it says so. */
  #standBy({ route, live }: Found, socket: Socket, head: string): void {
    if (!this.#options.admission.takesStandby || live.over) {
      this.#refuseRaw(socket, NO_STANDBY);
      return;
    }
    live.room.standbys.join(socket, head, (listener, message) =>
      this.#listen({ route, live }, listener, message),
    );
  }

  /** It wants to listen: judged as its handshake would have been. */
  #listen({ route, live }: Found, listener: Listener, message: ListenMessage): void {
    const { socket } = listener;
    const query = queryOf(message);
    const wish = this.#wish(route, live, query);
    const refusal =
      "code" in wish
        ? wish
        : this.#options.admission.refusal({ kind: wish.kind, id: wish.id, query });
    if (refusal === undefined && !live.over) {
      const it = wish as Wish;
      this.#letIn(it, socket, () => it.join(socket, "", listener), NO_ROOM);
      return;
    }
    this.#options.metrics.refusals.inc({ reason: refusal?.code ?? "ended" });
    endSocket(socket, this.#options.clock, NO_ROOM);
  }

  /**
   * At the pace of the line, and when there is something to hear. A space may end while somebody waits
   * for it.
   * @param lastWord said then to who is past the handshake
   */
  #letIn(who: Coming, socket: Socket, join: () => void, lastWord?: Uint8Array): void {
    const { kind, live, from } = who;
    const { admission } = this.#options;
    // As it is for all but the first of a storm, who are spared a handful of functions each.
    const isReady = from === undefined && !live.program.loadingPast && !live.over;
    if (isReady && admission.passes()) {
      join();
      return;
    }
    const enter = () => {
      if (!live.over) join();
      else if (lastWord !== undefined) endSocket(socket, this.#options.clock, lastWord);
      else this.#refuseRaw(socket, refuse("ended", "the space is over"));
    };
    const begun = (act: () => void) => live.program.whenBegun(act, from);
    admission.letIn({ kind, returns: from !== undefined }, begun, enter);
  }

  #refuseRaw(socket: Socket, refusal: Refusal): void {
    this.#options.metrics.refusals.inc({ reason: refusal.code });
    const headers = { ...CORS, ...refusal.headers };
    endSocket(socket, this.#options.clock, rawRefusal({ ...refusal, headers }));
  }

  /** What the query asks for, checked in full before anything is promised. */
  #wish(route: LiveRoute, live: LiveSpace, query: URLSearchParams): Refusal | Wish {
    if (route.kind !== "websocket") return refuse("bad-request", "this path takes no upgrade");
    if (query.size === 0) {
      const join: Wish["join"] = (it, head, waited) =>
        live.room.joinWebSocket(it, head, PLAIN_WISH, waited);
      return { kind: "websocket", id: route.id, live, join };
    }
    const from = wholeNumber(query, "from");
    // A little ahead is fine: the edge before may have been quicker than this one.
    const ahead = live.program.newest + BOUNDS.aheadFrames;
    if (from === "bad" || (from !== undefined && (!isFrameNumber(from) || from > ahead))) {
      return refuse("bad-request", "from must be the number of a frame that is or was on air");
    }
    const second = query.has("second");
    if (second && !hasMore(live.program.line.newestMade, from)) return NO_SECOND_LINK;
    const sound = query.getAll("sound");
    if (sound.length > 1 || (sound[0] !== undefined && sound[0] !== "none")) {
      return refuse("bad-request", "sound can only be none");
    }
    const rendition = renditionOf(query);
    if (rendition === undefined) return BAD_RENDITION;
    const cadenceMs = wholeNumber(query, "cadence");
    if (cadenceMs === "bad" || cadenceMs === 0) {
      return refuse("bad-request", "cadence must be how much sound chunks held so far, ms");
    }
    const wish = { from, sound: sound.length === 0, rendition, cadenceMs, second };
    return {
      kind: wish.sound ? "websocket" : "events",
      id: route.id,
      live,
      from,
      join: (it, head, waited) => {
        const raid = query.get("raid") ?? "";
        if (isSpaceId(raid)) live.audience.arrive(raid);
        live.room.joinWebSocket(it, head, wish, waited);
      },
    };
  }

  /** The space that a path names, where this edge can serve it. */
  #find(req: Pick<UpgradeRequest, "method">, path: string): Refusal | Found {
    if (req.method !== "GET" && req.method !== "HEAD") {
      return refuse("method-not-allowed", "use GET", { allow: "GET, HEAD, OPTIONS" });
    }
    // A storm is on one space: all ask for the same.
    const isSame = path === this.#lastPath;
    const route = isSame ? this.#lastRoute : parseLivePath(path);
    if (route === undefined) return noSuchSpace();
    this.#lastPath = path;
    this.#lastRoute = route;
    if (this.#options.spaces.closed) return GOING_AWAY;
    const { spaces } = this.#options;
    const found = spaces.find(route.id);
    // Who reads by file or number is a little behind: the last sound stays for a while.
    const fetchesEnd = route.kind === "hls" || route.kind === "frames";
    const isThere = found.kind === "live" || (found.kind === "ended" && fetchesEnd);
    const live = isThere ? spaces.open(found.space) : undefined;
    return live === undefined ? refuseSpace(found) : { route, live };
  }

  #refuse(res: ServerResponse, refusal: Refusal): void {
    this.#options.metrics.refusals.inc({ reason: refusal.code });
    sendRefusal(res, { ...refusal, headers: { ...CORS, ...refusal.headers } });
  }
}

/** As its handshake would have had it. */
function queryOf({ from, rendition, second, cadence }: ListenMessage): URLSearchParams {
  const query = new URLSearchParams();
  if (from !== undefined) query.set("from", String(from));
  if (rendition !== undefined) query.set("rendition", rendition);
  if (second !== undefined) query.set("second", "1");
  if (cadence !== undefined) query.set("cadence", String(cadence));
  return query;
}

const NO_PEOPLE_NOW = refuse("unavailable", "too much else to do; ask again", {
  "retry-after": "10",
});

const GOING_AWAY = refuse("unavailable", "this edge is going away; try again", {
  "retry-after": "1",
});

function noSuchSpace(): Refusal {
  return refuse("not-found", "there is no such space");
}

function refuseSpace(found: ReturnType<Spaces["find"]>): Refusal {
  if (found.kind === "ended") return refuse("ended", "the space is over");
  if (found.kind !== "scheduled") return noSuchSpace();
  const { startsAtMs } = found.space;
  const when = startsAtMs === null ? "later" : `at ${new Date(startsAtMs).toISOString()}`;
  return refuse("conflict", `the space starts ${when}`);
}
