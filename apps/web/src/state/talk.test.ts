import { STAGE_CHANNELS } from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isHeld,
  NORMAL_TALK,
  type TalkAction,
  type TalkEvent,
  type TalkState,
  talkStep,
  type VoiceBefore,
} from "./talk.ts";

const ON_AIR: VoiceBefore = { channel: "air", muted: false };
const MUTED_ON_AIR: VoiceBefore = { channel: "air", muted: true };

/** Plays events from the beginning. */
function play(events: readonly TalkEvent[], from: TalkState = NORMAL_TALK) {
  let state = from;
  const actions: TalkAction[] = [];
  for (const event of events) {
    const step = talkStep(state, event);
    state = step.state;
    actions.push(...step.actions);
  }
  return { state, actions };
}

const press = (now: VoiceBefore): TalkEvent => ({ type: "whisper-press", now });
const RELEASE: TalkEvent = { type: "whisper-release" };
const DRAINED: TalkEvent = { type: "drained" };
const at = (channel: VoiceBefore["channel"]): TalkEvent => ({ type: "channel", channel });

describe("a whisper", () => {
  test("is silent here from the press until the server says whisper", () => {
    const { state, actions } = play([press(ON_AIR), at("air")]);
    expect(isHeld(state)).toBe(true);
    expect(actions).toEqual([{ do: "go-to", channel: "whisper" }]);
    expect(isHeld(play([press(ON_AIR), at("whisper")]).state)).toBe(false);
  });

  test("is silent again from the release until the server says that we are back", () => {
    const whispering = play([press(ON_AIR), at("whisper")]).state;
    const released = play([RELEASE], whispering);
    expect(isHeld(released.state)).toBe(true);
    expect(released.actions).toEqual([{ do: "drain" }]);
    const returning = play([DRAINED, at("whisper")], released.state);
    expect(isHeld(returning.state)).toBe(true);
    expect(returning.actions).toEqual([{ do: "go-to", channel: "air" }]);
    expect(isHeld(play([at("air")], returning.state).state)).toBe(false);
  });

  test("of somebody muted on air opens the microphone for it, and mutes before the way back", () => {
    const { actions, state } = play([
      press(MUTED_ON_AIR),
      at("whisper"),
      RELEASE,
      DRAINED,
      at("air"),
    ]);
    expect(actions).toEqual([
      { do: "go-to", channel: "whisper" },
      { do: "set-muted", muted: false },
      { do: "drain" },
      { do: "set-muted", muted: true },
      { do: "go-to", channel: "air" },
    ]);
    expect(state).toEqual(NORMAL_TALK);
  });

  test("from backstage ends backstage", () => {
    const { actions } = play([
      press({ channel: "backstage", muted: false }),
      at("whisper"),
      RELEASE,
      DRAINED,
    ]);
    expect(actions.at(-1)).toEqual({ do: "go-to", channel: "backstage" });
  });

  test("released before the server answered goes back without having been heard", () => {
    const { actions, state } = play([press(ON_AIR), RELEASE]);
    expect(actions.at(-1)).toEqual({ do: "go-to", channel: "air" });
    expect(isHeld(state)).toBe(true);
  });

  test("that is refused leaves everything as it was", () => {
    expect(play([press(ON_AIR), { type: "failed" }]).state).toEqual(NORMAL_TALK);
  });

  test("whose way back fails stays silent, and tries again", () => {
    const { actions, state } = play([
      press(ON_AIR),
      at("whisper"),
      RELEASE,
      DRAINED,
      { type: "failed" },
      DRAINED,
    ]);
    expect(isHeld(state)).toBe(true);
    expect(
      actions.filter((action) => action.do === "go-to" && action.channel === "air"),
    ).toHaveLength(2);
  });

  test("that a host ends by sending us elsewhere is over, and muted where it was before", () => {
    const { actions, state } = play([press(MUTED_ON_AIR), at("whisper"), at("backstage")]);
    expect(state.phase).toBe("normal");
    expect(actions.at(-1)).toEqual({ do: "set-muted", muted: true });
  });
});

describe("push-to-talk", () => {
  const on = play([{ type: "push-to-talk", on: true }]).state;

  test("is silent unless the key is held", () => {
    expect(isHeld(on)).toBe(true);
    const pressed = play([{ type: "talk-press" }], on).state;
    expect(isHeld(pressed)).toBe(false);
    expect(isHeld(play([{ type: "talk-release" }], pressed).state)).toBe(true);
  });

  test("that is off knows no held key", () => {
    const { state } = play([{ type: "talk-press" }, { type: "push-to-talk", on: true }]);
    expect(isHeld(state)).toBe(true);
  });

  test("held through a whisper doesn't open the microphone afterwards", () => {
    const after = play(
      [{ type: "talk-press" }, press(ON_AIR), at("whisper"), RELEASE, DRAINED, at("air")],
      on,
    ).state;
    expect(isHeld(after)).toBe(true);
  });
});

describe("whatever is pressed, answered and lost, in whatever order", () => {
  const event: fc.Arbitrary<TalkEvent> = fc.oneof(
    fc.record({
      type: fc.constant("whisper-press" as const),
      now: fc.record({ channel: fc.constantFrom(...STAGE_CHANNELS), muted: fc.boolean() }),
    }),
    fc.record({
      type: fc.constant("channel" as const),
      channel: fc.constantFrom(...STAGE_CHANNELS),
    }),
    fc.constantFrom<TalkEvent>(
      RELEASE,
      DRAINED,
      { type: "failed" },
      { type: "talk-press" },
      { type: "talk-release" },
      { type: "push-to-talk", on: true },
      { type: "push-to-talk", on: false },
    ),
  );

  test("nobody is unmuted but in a whisper, and whoever came muted is muted before the way back", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let state = NORMAL_TALK;
        for (const next of events) {
          const step = talkStep(state, next);
          for (const [index, action] of step.actions.entries()) {
            if (action.do === "set-muted" && !action.muted) {
              expect(step.state.phase).toBe("whispering");
            }
            const isWayBack = action.do === "go-to" && action.channel !== "whisper";
            if (isWayBack && state.before?.muted === true) {
              expect(step.actions.slice(0, index)).toContainEqual({ do: "set-muted", muted: true });
            }
          }
          // Between normal and whispering there is silence, in both directions.
          if (!["normal", "whispering"].includes(step.state.phase)) {
            expect(isHeld(step.state)).toBe(true);
          }
          state = step.state;
        }
      }),
    );
  });
});
