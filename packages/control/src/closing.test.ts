import { describe, expect, it } from "vitest";
import { Closing } from "./closing.ts";

describe("closing", () => {
  it("goes backwards, step by step, once", async () => {
    const closing = new Closing();
    const order: string[] = [];
    closing.add(() => void order.push("store"));
    closing.add(async () => {
      await Promise.resolve();
      order.push("server");
    });
    await closing.close();
    await closing.close();
    expect(order).toEqual(["server", "store"]);
  });

  it("closes the rest when one step fails, and says so at the end", async () => {
    const closing = new Closing();
    const closed: string[] = [];
    closing.add(() => void closed.push("store"));
    closing.add(() => Promise.reject(new Error("stuck")));
    await expect(closing.close()).rejects.toThrow("stuck");
    expect(closed).toEqual(["store"]);
  });
});
