import { VirtualClock } from "@rostra/testkit";
import { type ListenerMessage, newSpaceId, type RoomEvent } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { ShowingName } from "./showing-name.ts";

function page(token: () => Promise<string> = async () => "a token") {
  const clock = new VirtualClock();
  const said: ListenerMessage[] = [];
  let hear: (event: RoomEvent) => void = () => {};
  const listener = {
    say: (message: ListenerMessage) => void said.push(message),
    onEvent: (listener: (event: RoomEvent) => void) => {
      hear = listener;
      return () => {
        hear = () => {};
      };
    },
  };
  const name = new ShowingName({ listener, api: { token }, spaceId: newSpaceId(), clock });
  const welcome = () => hear({ type: "welcome" } as RoomEvent);
  return { name, said, welcome, pass: (ms: number) => clock.advanceSettling(ms, 1_000) };
}

describe("a listener's name", () => {
  it("is shown to nobody who hasn't said yes", async () => {
    const { said, welcome, pass } = page();
    welcome();
    await pass(30_000);
    expect(said).toEqual([]);
  });

  it("is said at once, again after each reconnection, and taken back", async () => {
    const { name, said, welcome, pass } = page();
    name.set(true);
    await pass(1_000);
    expect(said).toEqual([{ type: "present", token: "a token" }]);
    welcome();
    await pass(20_000);
    expect(said).toHaveLength(2);
    name.set(false);
    expect(said.at(-1)).toEqual({ type: "present", token: null });
    welcome();
    await pass(30_000);
    expect(said).toHaveLength(3);
  });

  it("isn't said where there is none, or when the page is gone", async () => {
    const nobody = page(() => Promise.reject(new Error("no identity")));
    nobody.name.set(true);
    await nobody.pass(1_000);
    expect(nobody.said).toEqual([]);
    const gone = page();
    gone.name.set(true);
    gone.name.close();
    gone.welcome();
    await gone.pass(30_000);
    expect(gone.said).toEqual([]);
  });
});
