import { SPACE_STATES, TIERS } from "@rostra/wire";

const TEXT = { type: "string" as const };
const NUMBER_OR_NULL = { type: ["integer", "null"] as ["integer", "null"], minimum: 0 };

/** The ListenAnswer of @rostra/wire, which edges give: where there is room. */
export const LISTEN_ANSWER = {
  type: "object" as const,
  required: ["id", "state", "tiers", "retryAfterMs", "clip"],
  properties: {
    id: TEXT,
    state: { ...TEXT, enum: [...SPACE_STATES] },
    tiers: {
      type: "array" as const,
      items: {
        type: "object" as const,
        required: ["tier", "url", "protocol", "spare"],
        properties: {
          tier: { ...TEXT, enum: [...TIERS] },
          url: { ...TEXT, description: "Absolute, or from the origin on that was asked" },
          protocol: { ...TEXT, enum: ["websocket", "hls"] },
          spare: { ...NUMBER_OR_NULL, description: "null: as many as want to come" },
        },
      },
    },
    retryAfterMs: { ...NUMBER_OR_NULL, description: "When to ask again, where there is no tier" },
    clip: {
      type: ["string", "null"] as ["string", "null"],
      description: "What to play meanwhile, where all is full",
    },
  },
};
