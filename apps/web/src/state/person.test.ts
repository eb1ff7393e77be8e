import { testMember } from "@rostra/testkit";
import { newUserId, type StageMember, type StageStatus } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AVATAR_COLOURS,
  avatarColour,
  describePerson,
  initials,
  NOBODY_IN_PARTICULAR,
  type Onlooker,
  peopleOnStage,
  personLine,
} from "./person.ts";

const host = testMember(newUserId(), { displayName: "Ada King", role: "host" });
const guest = testMember(newUserId(), { displayName: "Bo", muted: true });
const live = (...members: StageMember[]) => ({ state: "live" as const, members });
const status = (over: Partial<StageStatus> = {}): StageStatus => ({
  up: true,
  connected: [host.id, guest.id],
  deadAir: false,
  speaking: [],
  ...over,
});

const ANYBODY = NOBODY_IN_PARTICULAR;
const by = (over: Partial<Onlooker>): Onlooker => ({ ...ANYBODY, ...over });

describe("initials", () => {
  test("are the first letters of the first and last word, in capitals", () => {
    expect(initials("ada lovelace king")).toBe("AK");
    expect(initials("Bo")).toBe("B");
  });

  test("keep characters beyond the basic plane whole", () => {
    expect(initials("🎙️ radio")).toBe("🎙R");
    expect(initials("  ")).toBe("?");
  });

  test("exist for every name", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => initials(name).length > 0));
  });
});

test("an avatar's colour is one that the style sheet has, and always the same", () => {
  fc.assert(
    fc.property(fc.string(), (id) => {
      expect(avatarColour(id)).toBe(avatarColour(id));
      expect(avatarColour(id)).toBeGreaterThanOrEqual(0);
      expect(avatarColour(id)).toBeLessThan(AVATAR_COLOURS);
    }),
  );
});

describe("people on stage", () => {
  test("come host first, whatever the order of the snapshot", () => {
    expect(peopleOnStage(live(guest, host), status(), ANYBODY).map((p) => p.name)).toEqual([
      "Ada King",
      "Bo",
    ]);
  });

  test("who is muted never shows as speaking", () => {
    const [, bo] = peopleOnStage(live(host, guest), status({ speaking: [guest.id] }), ANYBODY);
    expect(bo).toMatchObject({ muted: true, speaking: false });
  });

  test("nobody shows as connected while the stage is away", () => {
    const people = peopleOnStage(
      live(host, guest),
      status({ up: false, speaking: [host.id] }),
      ANYBODY,
    );
    expect(people.every((person) => !person.connected && !person.speaking)).toBe(true);
  });

  test("who was here is described as reconnecting, before anything else", () => {
    const onlooker = by({ me: host.id, seen: new Set([host.id]) });
    const [ada] = peopleOnStage(live(host), status({ connected: [] }), onlooker);
    expect(ada?.isMe).toBe(true);
    expect(describePerson(ada!)).toBe("Host, reconnecting");
  });

  test("are not called reconnecting where nobody has seen them", () => {
    const backstage = { state: "backstage" as const, members: [host] };
    for (const space of [backstage, live(host)]) {
      const [ada] = peopleOnStage(space, status({ connected: [] }), ANYBODY);
      expect(ada?.awayLabel).toBe("Not here yet");
    }
  });

  test("who was seen before is coming back, also before the space is live", () => {
    const backstage = { state: "backstage" as const, members: [host] };
    const seen = by({ seen: new Set([host.id]) });
    const [ada] = peopleOnStage(backstage, status({ connected: [] }), seen);
    expect(personLine(ada!)).toBe("Reconnecting");
  });

  test("show where they are when they are off air", () => {
    const away = testMember(newUserId(), { channel: "backstage" });
    const [ada, cy] = peopleOnStage(
      live({ ...host, channel: "whisper" }, away),
      status({ connected: [host.id, away.id] }),
      by({ me: host.id }),
    );
    expect([personLine(ada!), personLine(cy!)]).toEqual(["Whispering", "Backstage"]);
  });

  test("don't give a whisper away to the audience", () => {
    const whispering = { ...host, channel: "whisper" as const };
    const [ada] = peopleOnStage(live(whispering), status(), ANYBODY);
    expect(personLine(ada!)).toBe("Backstage");
  });

  test("whom I blocked are marked for me, and for nobody else", () => {
    const [, bo] = peopleOnStage(live(host, guest), status(), by({ blocked: new Set([guest.id]) }));
    expect(describePerson(bo!)).toMatch(/you blocked this account/);
    const [, other] = peopleOnStage(live(host, guest), status(), ANYBODY);
    expect(other?.blockedByMe).toBe(false);
  });

  test("are described by role and what they do", () => {
    const [ada, bo] = peopleOnStage(live(host, guest), status({ speaking: [host.id] }), ANYBODY);
    expect(describePerson(ada!)).toBe("Host, speaking");
    expect(describePerson(bo!)).toBe("Speaker, muted");
  });
});
