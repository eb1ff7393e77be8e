import { signal } from "@preact/signals";
import type { SpaceId } from "@rostra/wire";

/**
 * The space whose stage somebody has just stepped on with one press: the stage's page joins by
 * itself when it opens, instead of asking for a second press.
 */
export const arriving = signal<SpaceId | null>(null);
