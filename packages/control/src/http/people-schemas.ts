import { Type } from "@fastify/type-provider-typebox";
import { STAGE_ROLES } from "@rostra/wire";
import { CLOSED, InvitedRole, oneOf, Time, UserIdText } from "./schemas.ts";

/** Answers about people: hands, blocks, oneself. */

export const PersonParams = Type.Object({ userId: UserIdText });

export const Hands = Type.Object(
  {
    open: Type.Boolean({ description: "Whether hands may be raised now" }),
    hands: Type.Array(Type.Object({ id: UserIdText, displayName: Type.String(), raisedAt: Time }), {
      description: "The first is first in line",
    }),
  },
  { $id: "Hands", ...CLOSED },
);

export const HandPlace = Type.Object(
  { position: Type.Integer({ minimum: 1, description: "1: next" }) },
  { $id: "HandPlace" },
);

/** What a space holds about the caller. */
export const Me = Type.Object(
  {
    role: Type.Union([oneOf(STAGE_ROLES, "On stage as"), Type.Null()]),
    hand: Type.Union([
      Type.Integer({ minimum: 1, description: "Place in the queue" }),
      Type.Null(),
    ]),
    invited: Type.Union([InvitedRole, Type.Null()]),
    invitedAsHost: Type.Optional(
      Type.Boolean({ description: "True: accepting makes the caller the host" }),
    ),
    blocked: Type.Boolean({
      description: "May listen, but neither raise a hand nor step on stage",
    }),
  },
  { $id: "Me" },
);

export const BlockedPeople = Type.Object(
  {
    users: Type.Array(
      Type.Object({
        id: UserIdText,
        displayName: Type.Optional(
          Type.String({ description: "As they called themself then, where that was known" }),
        ),
      }),
    ),
  },
  { $id: "BlockedPeople" },
);
