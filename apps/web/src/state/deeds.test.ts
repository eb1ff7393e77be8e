import { testMember, testSpace } from "@rostra/testkit";
import { newUserId } from "@rostra/wire";
import { describe, expect, test } from "vitest";
import { aftermath, type Deed } from "./deeds.ts";

const BO = newUserId();
const SPACE = testSpace({ members: [testMember(BO, { displayName: "Bo", role: "cohost" })] });

describe("what follows a host's deed", () => {
  test("a mute is told and never undone: nobody is unmuted by another", () => {
    expect(aftermath({ do: "mute", id: BO }, SPACE)).toEqual({ words: "Muted Bo", undo: null });
    expect(aftermath({ do: "mute-all" }, SPACE).undo).toBeNull();
  });

  test("a lock can be taken away, which leaves Bo muted", () => {
    expect(aftermath({ do: "lock", id: BO }, SPACE)).toEqual({
      words: "Locked Bo's microphone",
      undo: { label: "Let Bo unmute", deeds: [{ do: "unlock", id: BO }] },
    });
  });

  test("a role goes back to what it was", () => {
    const { words, undo } = aftermath({ do: "role", id: BO, role: "speaker" }, SPACE);
    expect(words).toBe("Bo is a speaker now");
    expect(undo?.deeds).toEqual([{ do: "role", id: BO, role: "cohost" }]);
  });

  test("who was sent backstage is brought back, and the other way round", () => {
    const sent = aftermath({ do: "send", id: BO, channel: "backstage" }, SPACE);
    expect(sent.undo?.deeds).toEqual([{ do: "send", id: BO, channel: "air" }]);
    const brought = aftermath({ do: "send", id: BO, channel: "air" }, SPACE);
    expect(brought.words).toMatch(/muted/);
    expect(brought.undo?.deeds).toEqual([{ do: "send", id: BO, channel: "backstage" }]);
  });

  test("who was taken off is invited by name again, in the same role", () => {
    expect(aftermath({ do: "remove", id: BO }, SPACE).undo).toEqual({
      label: "Invite Bo again",
      deeds: [{ do: "invite", id: BO, role: "cohost" }],
    });
  });

  test("who isn't on stage is called by the name given", () => {
    const cy = newUserId();
    const { words, undo } = aftermath({ do: "invite", id: cy, role: "speaker" }, SPACE, "Cy");
    expect(words).toBe("Invited Cy");
    expect(undo?.deeds).toEqual([{ do: "withdraw", id: cy }]);
  });

  test("a listener is asked to host, which is withdrawn, and can be asked again", () => {
    const cy = newUserId();
    const asked = aftermath({ do: "hand-over", id: cy }, SPACE, "Cy");
    expect(asked.words).toBe("Asked Cy to host");
    expect(asked.undo?.deeds).toEqual([{ do: "withdraw", id: cy }]);
    const invited = [{ id: cy, role: "cohost" as const, asHost: true }];
    const { undo } = aftermath({ do: "withdraw", id: cy }, { ...SPACE, invited }, "Cy");
    expect(undo?.deeds).toEqual([{ do: "hand-over", id: cy }]);
  });

  test("settings go back to exactly what they were, and to nothing else", () => {
    const deed: Deed = { do: "settings", settings: { handsOpen: false, stageLimit: 20 } };
    const { undo } = aftermath(deed, SPACE);
    expect(undo?.deeds).toEqual([
      { do: "settings", settings: { handsOpen: true, stageLimit: SPACE.settings.stageLimit } },
    ]);
    expect(aftermath({ do: "settings", settings: { handsOpen: false } }, SPACE).words).toBe(
      "Hands are closed",
    );
  });
});
