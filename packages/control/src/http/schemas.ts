import { type Static, Type } from "@fastify/type-provider-typebox";
import {
  LIMITS,
  SETTING_RANGES,
  SOUND_MODES,
  SPACE_STATES,
  type SpaceId,
  STAGE_CHANNELS,
  STAGE_ROLES,
  type UserId,
} from "@rostra/wire";
import { ONE_LINE_KEYWORD } from "./text.ts";

/** The bodies and parameters of the API: types, validation and OpenAPI come from these. */

const ID = {
  type: "string",
  pattern: "^[0-9abcdefghjkmnpqrstvwxyz]{16}$",
  examples: ["7hk2m9qx4vbd0c3t"],
};
const SpaceIdText = Type.Unsafe<SpaceId>({
  ...ID,
  description: "Names a space for its whole life",
});
export const UserIdText = Type.Unsafe<UserId>({ ...ID, description: "Names a person" });
export const Time = Type.String({ format: "date-time", examples: ["2026-01-02T18:00:00.000Z"] });
const TimeOrNull = Type.Union([Time, Type.Null()]);
const Url = Type.String({ format: "uri" });

// What we don't know is refused, not dropped: a misspelt option must not be lost in silence.
export const CLOSED = { additionalProperties: false } as const;

/** Trimmed and collapsed before its length, in code points, is looked at. */
function oneLine(maxLength: number, description: string, minLength = 1) {
  return Type.String({ [ONE_LINE_KEYWORD]: true, minLength, maxLength, description });
}

const DisplayName = oneLine(LIMITS.displayNameChars, "How others see the person");
const Title = oneLine(LIMITS.titleChars, "What the space is about");
const Topics = Type.Array(oneLine(LIMITS.topicChars, "One topic"), {
  maxItems: LIMITS.topics,
  uniqueItems: true,
});
const Record_ = Type.Boolean({ description: "Whether the program is recorded" });

/** One of a few words, with their own type: a union of literals would be a long anyOf. */
export function oneOf<T extends string>(values: readonly T[], description: string) {
  return Type.Unsafe<T>({ type: "string", enum: [...values], description });
}

// Ids are narrow types here: what passed the pattern is one.
export const SpaceParams = Type.Object({ id: SpaceIdText });
export const MemberParams = Type.Object({ id: SpaceIdText, userId: UserIdText });

function inRange([minimum, maximum]: readonly [number, number], description: string) {
  return Type.Integer({ minimum, maximum, description });
}

const SETTINGS = {
  stageLimit: inRange(SETTING_RANGES.stageLimit, "People on stage at once; nobody is thrown out"),
  handsOpen: Type.Boolean({ description: "Whether hands may be raised" }),
  floorControl: Type.Boolean({ description: "Whoever holds the floor is heard above the others" }),
  deadAirSeconds: inRange(
    SETTING_RANGES.deadAirSeconds,
    "Silence after which hosts are told, then the holding sound; 0: never",
  ),
  hostAwaySeconds: inRange(
    SETTING_RANGES.hostAwaySeconds,
    "How long the space waits for somebody in charge before it ends",
  ),
  sound: oneOf(SOUND_MODES, "music: stereo, left as it is; changes only before air"),
};

export const GuestBody = Type.Object({ displayName: DisplayName }, CLOSED);

export const SpaceBody = Type.Object(
  {
    title: Title,
    topics: Type.Optional(Topics),
    record: Type.Optional(Record_),
    startsAt: Type.Optional(
      Type.String({
        format: "date-time",
        description: "Schedules the space; within the year ahead",
      }),
    ),
  },
  CLOSED,
);

export const SpaceEditBody = Type.Object(
  {
    title: Type.Optional(Title),
    topics: Type.Optional(Topics),
    record: Type.Optional(Record_),
    settings: Type.Optional(Type.Partial(Type.Object(SETTINGS), { ...CLOSED, minProperties: 1 })),
  },
  { ...CLOSED, minProperties: 1 },
);

export const LiveBody = Type.Object(
  {
    inSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LIMITS.countdownSeconds,
        description: "Counts down to air for so long; left out: on air at once",
      }),
    ),
  },
  CLOSED,
);

export const InvitedRole = oneOf(["cohost", "speaker"], "What the invited person becomes");

export const InvitationBody = Type.Object(
  {
    role: oneOf(["host", "cohost", "speaker"], "What the invited person becomes"),
    userId: Type.Optional(
      Type.Unsafe<UserId>({ ...ID, description: "Invites this person by name; else a link" }),
    ),
  },
  CLOSED,
);

export const StageBody = Type.Object(
  {
    invitation: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2048,
        description: "Of a link; left out by who was invited by name",
      }),
    ),
  },
  CLOSED,
);

export const MemberBody = Type.Object(
  {
    muted: Type.Optional(Type.Boolean({ description: "Of others only true" })),
    micLocked: Type.Optional(
      Type.Boolean({ description: "Locks and mutes; unlocked stays muted" }),
    ),
    role: Type.Optional(oneOf(["cohost", "speaker"], "Promotes or demotes")),
    channel: Type.Optional(
      oneOf(STAGE_CHANNELS, "Of others only air, where they arrive muted, or backstage"),
    ),
  },
  { ...CLOSED, minProperties: 1 },
);

const UserIds = Type.Array(UserIdText, { maxItems: LIMITS.raisedHands, uniqueItems: true });

export const MuteAllBody = Type.Object({ except: Type.Optional(UserIds) }, CLOSED);

export const HostBody = Type.Object({ userId: UserIdText }, CLOSED);

export const HandOrderBody = Type.Object({ order: UserIds }, CLOSED);

export const RaidBody = Type.Object({ to: SpaceIdText }, CLOSED);

export const Raid = Type.Object(
  {
    to: SpaceIdText,
    title: Type.String({ description: "Of the other space" }),
    listeners: Type.Integer({ minimum: 0, description: "How many listen now" }),
    startsAt: Time,
    spreadSeconds: Type.Number({ description: "Listeners go one after the other for so long" }),
  },
  { $id: "Raid" },
);

export const HiddenNameBody = Type.Object(
  {
    displayName: oneLine(LIMITS.displayNameChars, "As they call themself, for the hosts' own list"),
  },
  CLOSED,
);

export const NoticeBody = Type.Object(
  {
    text: oneLine(LIMITS.noticeChars, "What everybody is told"),
    keepSeconds: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 86_400,
        description: "How long newcomers are shown it; left out: ten minutes",
      }),
    ),
  },
  CLOSED,
);

export const Notice = Type.Object(
  {
    id: Type.Integer({ minimum: 1, description: "Grows with each notice of a space" }),
    text: Type.String(),
    at: Time,
    until: Time,
  },
  { $id: "Notice" },
);

export const Guest = Type.Object(
  {
    token: Type.String({ description: "Goes in `Authorization: Bearer`" }),
    expiresAt: Time,
    user: Type.Object({ id: UserIdText, displayName: Type.String() }),
  },
  { $id: "Guest" },
);

export const Invitation = Type.Object(
  {
    invitation: Type.String({ description: "Signed; whoever holds it may step on stage" }),
    url: Url,
    expiresAt: Time,
  },
  { $id: "Invitation" },
);

/** A space as everybody sees it: no token, no invitation, nothing that only control knows. */
export const Space = Type.Object(
  {
    id: SpaceIdText,
    url: Url,
    title: Type.String(),
    topics: Type.Array(Type.String()),
    state: oneOf(SPACE_STATES, "Only ever moves to the right"),
    record: Record_,
    epoch: Type.String({ format: "date-time", description: "When frame number 0 began" }),
    startsAt: TimeOrNull,
    liveAt: TimeOrNull,
    endedAt: TimeOrNull,
    airsAt: TimeOrNull,
    endsAt: TimeOrNull,
    settings: Type.Object(SETTINGS),
    invited: Type.Array(
      Type.Object({
        id: UserIdText,
        displayName: Type.Optional(
          Type.String({ description: "As the person's hand said; absent where none was up" }),
        ),
        role: InvitedRole,
        asHost: Type.Optional(
          Type.Boolean({ description: "True: who accepts becomes the host; absent: they don't" }),
        ),
      }),
    ),
    inCharge: Type.Union([UserIdText, Type.Null()]),
    hands: Type.Object({ open: Type.Boolean(), count: Type.Integer({ minimum: 0 }) }),
    host: Type.Object({ id: UserIdText, displayName: Type.String() }),
    stage: Type.Array(
      Type.Object({
        id: UserIdText,
        displayName: Type.String(),
        role: oneOf(STAGE_ROLES, "What the person may do"),
        muted: Type.Boolean({ description: "The server drops what a muted person sends" }),
        micLocked: Type.Boolean({ description: "The person may not unmute themself" }),
        channel: oneOf(STAGE_CHANNELS, "Where the person's voice goes"),
        connected: Type.Boolean({ description: "Whether a microphone path stands now" }),
      }),
    ),
    listeners: Type.Object({
      now: Type.Integer({ minimum: 0 }),
      peak: Type.Integer({ minimum: 0 }),
    }),
    links: Type.Object({
      page: Url,
      ogg: Url,
      aac: Url,
      hls: Url,
      websocket: Url,
      whip: Url,
    }),
  },
  { $id: "Space" },
);

export const SpaceList = Type.Object(
  { spaces: Type.Array(Type.Unsafe<Static<typeof Space>>({ $ref: "Space#" })) },
  { $id: "SpaceList" },
);

export const Problem = Type.Object(
  {
    type: Type.String({ description: "Stable: `urn:rostra:problem:<code>`" }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: "One line that says what to do" }),
  },
  { $id: "Problem", description: "RFC 9457 problem details" },
);
