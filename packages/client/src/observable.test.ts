import { describe, expect, it } from "vitest";
import { Subject } from "./observable.ts";

describe("Subject", () => {
  it("tells a watcher what stands, and each change", () => {
    const subject = new Subject(1);
    const seen: number[] = [];
    subject.subscribe((value) => seen.push(value));
    subject.set(2);
    subject.set(2);
    subject.set(3);
    expect(seen).toEqual([1, 2, 3]);
  });

  it("makes a new value of a patch only where it differs", () => {
    const subject = new Subject({ a: 1, b: 2 });
    const before = subject.value;
    subject.patch({ a: 1 });
    expect(subject.value).toBe(before);
    subject.patch({ a: 5 });
    expect(subject.value).toEqual({ a: 5, b: 2 });
    expect(before).toEqual({ a: 1, b: 2 });
  });

  it("tells nobody who left, even in the middle of a round", () => {
    const subject = new Subject(0);
    const seen: string[] = [];
    let stopSecond = () => {};
    subject.subscribe((value) => {
      if (value > 0) stopSecond();
    });
    stopSecond = subject.subscribe((value) => seen.push(`second ${value}`));
    subject.set(1);
    expect(seen).toEqual(["second 0"]);
  });

  it("counts one function watching twice as two watchers", () => {
    const subject = new Subject(0);
    let calls = 0;
    const watcher = () => {
      calls += 1;
    };
    const stop = subject.subscribe(watcher);
    subject.subscribe(watcher);
    stop();
    subject.set(1);
    expect(calls).toBe(3);
  });
});
