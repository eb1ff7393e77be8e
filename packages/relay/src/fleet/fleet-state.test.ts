import { VirtualClock } from "@rostra/testkit";
import { expect, it } from "vitest";
import type { Bus, BusExtras, BusListener } from "./bus.ts";
import { FleetState } from "./fleet-state.ts";
import { encodeFleetMessage } from "./message.ts";

const KEY = "space/one";

/** 0 (inclusive) to 1 (exclusive), the same ones for the same seed (a linear congruence). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What is on its way from one to another: in order, each a little or, seldom, a lot later. */
class Way {
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  #lastMs = 0;

  constructor(clock: VirtualClock, random: () => number) {
    [this.#clock, this.#random] = [clock, random];
  }

  bring(what: () => void): void {
    const nowMs = this.#clock.nowMs();
    const lateMs = this.#random() < 0.1 ? 40 * this.#random() : this.#random();
    this.#lastMs = Math.max(this.#lastMs, nowMs + lateMs);
    this.#clock.after(this.#lastMs - nowMs, what);
  }
}

interface Heard {
  readonly subject: string;
  readonly from: string;
  readonly listener: BusListener;
  readonly way: Way;
  readonly group: string | undefined;
}

/** A server of a message engine on a slow machine. */
class SlowServer {
  readonly #heard = new Set<Heard>();
  readonly #clock: VirtualClock;
  readonly #random: () => number;

  constructor(clock: VirtualClock, random: () => number) {
    [this.#clock, this.#random] = [clock, random];
  }

  connect(name: string): Bus {
    const [up, down] = [this.#way(), this.#way()];
    const bus: Partial<Bus> = {
      ...{ name, connected: true, answers: true, congested: false },
      publish: (subject: string, bytes: Uint8Array, extras?: BusExtras) => {
        up.bring(() => this.#hand(name, subject, bytes, extras?.answerTo));
      },
      subscribe: (subject, listener, group) => {
        const heard = { subject, from: name, listener, way: down, group };
        this.#heard.add(heard);
        return () => void this.#heard.delete(heard);
      },
      onConnected: () => {},
    };
    return bus as Bus;
  }

  #way(): Way {
    return new Way(this.#clock, this.#random);
  }

  #hand(from: string, subject: string, bytes: Uint8Array, answerTo: string | undefined): void {
    const all = [...this.#heard].filter((it) => it.subject === subject && it.from !== from);
    const [first] = all.filter(({ group }) => group !== undefined);
    for (const one of all.filter(({ group }) => group === undefined).concat(first ?? [])) {
      one.way.bring(() => {
        if (this.#heard.has(one)) one.listener(bytes, answerTo, "", undefined);
      });
    }
    if (all.length > 0 || answerTo === undefined) return;
    this.#hand("", answerTo, new Uint8Array(0), undefined);
  }
}

/** Processes of a fleet on two slow servers; each may stand still, with all that comes in its sockets. */
class SlowFleet {
  readonly clock = new VirtualClock();
  readonly random: () => number;
  readonly states = new Map<string, FleetState>();
  readonly vanished: string[] = [];
  readonly #servers: readonly SlowServer[];
  readonly #stopped = new Map<string, (() => void)[]>();

  constructor(seed: number) {
    this.random = randomFrom(seed);
    this.#servers = [1, 2].map(() => new SlowServer(this.clock, this.random));
  }

  async join(name: string): Promise<FleetState> {
    const { clock } = this;
    const run = (what: () => void) => {
      const waiting = this.#stopped.get(name);
      if (waiting === undefined) what();
      else waiting.push(what);
    };
    const buses = this.#servers.map((server): Bus => {
      const bus = server.connect(name);
      const subscribe: Bus["subscribe"] = (subject, listener, group) =>
        bus.subscribe(subject, (...said) => run(() => listener(...said)), group);
      return { ...bus, subscribe };
    });
    const state = new FleetState({
      buses,
      author: name,
      subjects: (word) => word,
      clock: {
        nowMs: () => clock.nowMs(),
        after: (ms, callback) => clock.after(ms, () => run(callback)),
      },
      onChanged: (key, value) => {
        if (key === KEY && value === undefined) this.vanished.push(name);
      },
      onUnheard: () => {},
    });
    const joined = state.join();
    await clock.advanceSettling(200);
    await joined;
    this.states.set(name, state);
    return state;
  }

  stop(name: string): void {
    this.#stopped.set(name, []);
  }

  resume(name: string): void {
    const waiting = this.#stopped.get(name) ?? [];
    this.#stopped.delete(name);
    for (const what of waiting) what();
  }

  close(): void {
    for (const state of this.states.values()) state.close();
  }
}

it("a key that two processes set in turn never vanishes for those who watch it", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const fleet = new SlowFleet(seed);
    const { clock, random, states } = fleet;
    for (const name of ["control-1", "control-2", "edge-1", "edge-2"]) await fleet.join(name);
    // Both controls say what both have decided: now the one first, now the other.
    for (let revision = 1; revision <= 60; revision += 1) {
      const order = ["control-1", "control-2"].sort(() => random() - 0.5);
      for (const name of order) {
        states.get(name)!.put(KEY, revision, false);
        clock.advance(10 * random());
      }
      clock.advance(300 * random());
    }
    clock.advance(2_000);
    for (const state of states.values()) expect(state.get(KEY)).toBe(60);
    expect([seed, fleet.vanished]).toEqual([seed, []]);
    fleet.close();
  }
});

it("whoever stood still is known to all again, and nobody who didn't is forgotten", async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const fleet = new SlowFleet(seed);
    const { clock, states } = fleet;
    const stages = ["stage-1", "stage-2"] as const;
    for (const name of ["control-1", "edge-1", ...stages]) {
      const state = await fleet.join(name);
      state.put(`services/${name}`, name, true);
    }
    clock.advance(2_000);
    for (let round = 0; round < 6; round += 1) {
      const [stopped, other] = round % 2 === 0 ? stages : [...stages].reverse();
      fleet.stop(stopped!);
      clock.advance(3_000);
      expect(states.get("control-1")!.get(`services/${stopped}`)).toBeUndefined();
      // Both say it of the same space, the one after the other.
      states.get(other!)!.put("activity/one", round, true);
      fleet.resume(stopped!);
      states.get(stopped!)!.put("activity/one", round, true);
      clock.advance(3_000);
      for (const [name, state] of states) {
        const known = [...states.keys()].filter((it) => state.get(`services/${it}`) === it);
        expect([seed, round, name, known]).toEqual([seed, round, name, [...states.keys()]]);
      }
    }
    fleet.close();
  }
});

it("whoever hears its own beat, late and by another connection, doesn't hold itself for gone", async () => {
  const fleet = new SlowFleet(1);
  const [edge, other] = [await fleet.join("edge-1"), await fleet.join("edge-2")];
  edge.put("edge-load/edge-1", 1, true);
  const beat = { author: "edge-1", everyMs: 250, count: 0, hash: 0 };
  edge.hear(encodeFleetMessage({ kind: "beat", ...beat }));
  edge.hear(encodeFleetMessage({ kind: "bye", author: "edge-1" }));
  fleet.clock.advance(3_000);
  for (const load of [2, 3]) {
    edge.put("edge-load/edge-1", load, true);
    fleet.clock.advance(1_000);
    expect([edge, other].map((state) => state.get("edge-load/edge-1"))).toEqual([load, load]);
  }
  fleet.close();
});
