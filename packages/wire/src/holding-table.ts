import type { ProgramFrame } from "./frame.ts";

/** What a held frame carries besides its number. */
type HeldSound = Pick<ProgramFrame, "packet" | "thin">;

/** Eight loops of ten seconds: there is one, and another after an upgrade that makes it anew. */
const MAX_SOUNDS = 4_096;

/**
 * The holding sound's packets, each kept once, by what they are: frames of the loop come again in
 * every space and every ten seconds. Only ever grows, up to its bound.
 */
export class HoldingTable {
  readonly #sounds: HeldSound[] = [];
  // Of two sounds of one hash the second isn't taken: its frames lie elsewhere, nothing else happens.
  readonly #byHash = new Map<number, number>();

  get isFull(): boolean {
    return this.#sounds.length >= MAX_SOUNDS;
  }

  /**
   * Index of a frame's sound; it's taken in where it's new and there is room.
   * @param guess index that it probably has
   * @returns undefined where it isn't in the table
   */
  indexOf(frame: HeldSound, guess: number): number | undefined {
    if (this.#isAt(guess, frame)) return guess;
    const hash = hashOf(frame);
    const known = this.#byHash.get(hash);
    if (known !== undefined) return this.#isAt(known, frame) ? known : undefined;
    if (this.isFull) return undefined;
    this.#byHash.set(hash, this.#sounds.length);
    return this.#sounds.push(copyOf(frame)) - 1;
  }

  /** @param index as {@link indexOf} gave it */
  frame(index: number, number: number): ProgramFrame {
    const { packet, thin } = this.#sounds[index]!;
    return thin === undefined
      ? { number, packet, holding: true }
      : { number, packet, holding: true, thin };
  }

  #isAt(index: number, { packet, thin }: HeldSound): boolean {
    const sound = this.#sounds[index];
    if (sound === undefined || !isEqual(sound.packet, packet)) return false;
    if (sound.thin === undefined || thin === undefined) return sound.thin === thin;
    return isEqual(sound.thin, thin);
  }
}

/**
 * The table of one process. A full one is let go of: whoever wrote in it holds it, and it goes with
 * the last of them.
 */
export class HoldingTables {
  #table = new HoldingTable();

  /** For frames that are still to come. */
  get current(): HoldingTable {
    if (this.#table.isFull) this.#table = new HoldingTable();
    return this.#table;
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

/** FNV-1a, 32 bits (draft-eastlake-fnv), over both packets and where one ends. */
function hashOf({ packet, thin }: HeldSound): number {
  const packetHash = hashOn(0x811c9dc5, packet) ^ packet.length;
  return (thin === undefined ? packetHash : ~hashOn(packetHash, thin)) >>> 0;
}

function hashOn(from: number, bytes: Uint8Array): number {
  let hash = from;
  for (let at = 0; at < bytes.length; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash;
}

/** A view would keep all alive that was read with it. */
function copyOf({ packet, thin }: HeldSound): HeldSound {
  return thin === undefined
    ? { packet: packet.slice() }
    : { packet: packet.slice(), thin: thin.slice() };
}
