import { expect, it } from "vitest";
import { HeardStage } from "./heard-stage.ts";

const LOOK_MS = 40;

/** Two stages whose feeds go on as long as `flowing` names them. */
class Scene {
  readonly heard: string[] = [];
  order = ["first", "second"];
  flowing = new Set(["first", "second"]);
  nowMs = 0;
  readonly #choice = new HeardStage();
  readonly #marks = new Map<string, number>();

  run(ms: number, everyMs = LOOK_MS): string {
    for (const until = this.nowMs + ms; this.nowMs < until; ) {
      this.nowMs += everyMs;
      for (const stage of this.flowing) this.#marks.set(stage, this.nowMs);
      const marks = new Map(this.order.map((stage) => [stage, this.#marks.get(stage) ?? null]));
      this.heard.push(this.#choice.look(this.#last, marks, this.nowMs));
    }
    return this.#last;
  }

  get #last(): string {
    return this.heard.at(-1) ?? "first";
  }
}

it("hears the first stage while it sounds", () => {
  const scene = new Scene();
  scene.run(10_000);
  expect(new Set(scene.heard)).toEqual(new Set(["first"]));
});

it("crosses over within 200 ms of silence, and stays until the first has been back for a while", () => {
  const scene = new Scene();
  scene.run(1_000);
  scene.flowing.delete("first");
  expect(scene.run(80)).toBe("first");
  expect(scene.run(120)).toBe("second");
  scene.run(5_000);
  scene.flowing.add("first");
  expect(scene.run(2_900)).toBe("second");
  expect(scene.run(200)).toBe("first");
});

it("doesn't go back to a feed with holes", () => {
  const scene = new Scene();
  scene.run(1_000);
  scene.flowing.delete("first");
  scene.run(1_000);
  for (let n = 0; n < 5; n += 1) {
    scene.flowing.add("first");
    scene.run(2_000);
    scene.flowing.delete("first");
    expect(scene.run(200)).toBe("second");
  }
});

it("stays where it is while both are silent: a lost network is no reason to change", () => {
  const scene = new Scene();
  scene.run(1_000);
  scene.flowing.clear();
  expect(scene.run(3_000)).toBe("first");
  scene.flowing.add("second");
  expect(scene.run(120)).toBe("second");
});

it("isn't led astray by a page that was too busy to look", () => {
  const scene = new Scene();
  scene.run(1_000);
  expect(scene.run(1_800, 600)).toBe("first");
});

it("goes on with the same stage when the second becomes the first", () => {
  const scene = new Scene();
  scene.run(1_000);
  scene.flowing.delete("first");
  scene.run(400);
  scene.order = ["second", "third"];
  scene.flowing.add("third");
  scene.run(8_000);
  expect(new Set(scene.heard.slice(-200))).toEqual(new Set(["second"]));
});

it("hears the second where the first never came", () => {
  const scene = new Scene();
  scene.flowing = new Set(["second"]);
  expect(scene.run(200)).toBe("second");
});
