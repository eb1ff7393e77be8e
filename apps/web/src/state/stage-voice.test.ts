import { signal } from "@preact/signals";
import type { Space } from "@rostra/client";
import { testMember, testSpace } from "@rostra/testkit";
import { newUserId, type SpaceSnapshot, type StageChannel, type StageMember } from "@rostra/wire";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StageVoice } from "./stage-voice.ts";
import { DRAIN_MS } from "./talk.ts";

const ME = newUserId();

/** A server and a line that write down what happens, in order. */
class World {
  readonly log: string[] = [];
  readonly space = signal<SpaceSnapshot | null>(null);
  isHeld = false;
  isRefusing = false;
  muted = false;

  constructor(over: Partial<StageMember> = {}) {
    this.muted = over.muted === true;
    this.space.value = testSpace({ members: [testMember(ME, { role: "host", ...over })] });
  }

  readonly line = {
    hold: (held: boolean) => {
      if (held !== this.isHeld) this.log.push(held ? "silent" : "open");
      this.isHeld = held;
    },
    setMuted: async (muted: boolean) => {
      this.muted = muted;
      this.log.push(muted ? "mute" : "unmute");
    },
    state: {
      get value() {
        return { muted: false } as never;
      },
      subscribe: () => () => {},
    },
  };

  /** The server's answer comes first, the room's event is `arrive`. */
  setChannel = async (_id: string, _user: string, channel: StageChannel): Promise<Space> => {
    if (this.isRefusing) throw new Error("refused");
    this.log.push(channel);
    return { stage: [{ id: ME, channel }] } as unknown as Space;
  };

  arrive(over: Partial<StageMember>): void {
    const before = this.space.value!;
    const members = before.members.map((member) => ({ ...member, ...over }));
    this.space.value = { ...before, revision: before.revision + 1, members };
  }
}

describe("a voice on stage", () => {
  let world: World;
  let voice: StageVoice;

  function start(over: Partial<StageMember> = {}): void {
    world = new World(over);
    const { space, line, setChannel } = world;
    voice = new StageVoice({
      api: { setChannel },
      listening: { space, spaceId: space.value!.id },
      me: () => ME,
      uplink: () => line,
      attempt: async (action) => {
        try {
          await action();
          return true;
        } catch {
          return false;
        }
      },
    });
  }

  beforeEach(() => {
    vi.useFakeTimers();
    start();
  });
  afterEach(() => {
    voice.close();
    vi.useRealTimers();
  });

  const settle = () => vi.advanceTimersByTimeAsync(0);

  test("that whispers is silent before anything is asked, and open once the room says whisper", async () => {
    voice.whisper(true);
    await settle();
    expect(world.log).toEqual(["silent", "whisper"]);
    world.arrive({ channel: "whisper" });
    expect(world.log).toEqual(["silent", "whisper", "open"]);
    expect(voice.phase.value).toBe("whispering");
  });

  test("that stops whispering is silent, waits for its last words to arrive, and is on air after", async () => {
    voice.whisper(true);
    await settle();
    world.arrive({ channel: "whisper" });
    voice.whisper(false);
    expect(world.log.slice(3)).toEqual(["silent"]);
    await vi.advanceTimersByTimeAsync(DRAIN_MS - 1);
    expect(world.log.slice(3)).toEqual(["silent"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(world.log.slice(3)).toEqual(["silent", "air", "open"]);
  });

  test("that came muted is muted again before it goes back", async () => {
    start({ muted: true });
    voice.whisper(true);
    await settle();
    world.arrive({ channel: "whisper" });
    await settle();
    expect(world.muted).toBe(false);
    voice.whisper(false);
    await vi.advanceTimersByTimeAsync(DRAIN_MS);
    expect(world.log.slice(-3)).toEqual(["mute", "air", "open"]);
  });

  test("whose whisper is refused goes on as before", async () => {
    world.isRefusing = true;
    voice.whisper(true);
    await settle();
    expect(world.log).toEqual(["silent", "open"]);
  });

  test("whose way back fails stays silent and asks again", async () => {
    voice.whisper(true);
    await settle();
    world.arrive({ channel: "whisper" });
    world.isRefusing = true;
    voice.whisper(false);
    await vi.advanceTimersByTimeAsync(DRAIN_MS * 5);
    expect(world.isHeld).toBe(true);
    world.isRefusing = false;
    await vi.advanceTimersByTimeAsync(DRAIN_MS);
    expect(world.log.slice(-2)).toEqual(["air", "open"]);
  });

  test("that was left in a whisper is muted before it comes back", async () => {
    start({ channel: "whisper" });
    voice.goTo("air");
    await settle();
    expect(world.log).toEqual(["mute", "air"]);
  });

  test("with push-to-talk leaves only while the key is held", () => {
    voice.setPushToTalk(true);
    voice.talk(true);
    voice.talk(false);
    expect(world.log).toEqual(["silent", "open", "silent"]);
  });
});
