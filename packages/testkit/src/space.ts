import {
  DEFAULT_SETTINGS,
  newSpaceId,
  newUserId,
  type SpaceSnapshot,
  type StageMember,
  type UserId,
} from "@rostra/wire";

/** The frame number line of test spaces begins here. */
export const TEST_EPOCH_MS = 1_700_000_000_000;

/** A speaker on air; `change` says what is different about this one. */
export function testMember(
  id: UserId = newUserId(),
  change: Partial<StageMember> = {},
): StageMember {
  return {
    id,
    displayName: "Ada",
    role: "speaker",
    muted: false,
    micLocked: false,
    channel: "air",
    ...change,
  };
}

/** A live space with nobody on stage; `change` says what is different about this one. */
export function testSpace(change: Partial<SpaceSnapshot> = {}): SpaceSnapshot {
  return {
    id: newSpaceId(),
    revision: 1,
    title: "A test",
    topics: [],
    state: "live",
    epochMs: TEST_EPOCH_MS,
    record: false,
    stageName: "stage-1",
    members: [],
    settings: DEFAULT_SETTINGS,
    invited: [],
    inCharge: null,
    airsAtMs: null,
    endsAtMs: null,
    startsAtMs: null,
    liveAtMs: TEST_EPOCH_MS,
    endedAtMs: null,
    ...change,
  };
}
