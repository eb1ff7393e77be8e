import { packetSamples, SILENT_PACKET } from "@rostra/sound";
import {
  FRAME_SAMPLES,
  HoldingTables,
  isHoldingLoop,
  MAX_PACKET_BYTES,
  type ProgramFrame,
} from "@rostra/wire";
import { EdgeError } from "../errors.ts";

/** A loop longer than five minutes is a mistake. */
const MAX_LOOP_PACKETS = 15_000;

/**
 * Makes frames for numbers that never came. Which packet stands for a number follows from the
 * number alone, so that all edges fill alike; before a loop is known it is silence.
 */
export class HoldingSound {
  /** What held frames of all spaces carry, kept once: ten minutes of them cost little. */
  readonly tables = new HoldingTables();
  #packets: readonly Uint8Array[] = [SILENT_PACKET];
  #thin: readonly Uint8Array[] | undefined;

  /**
   * Takes the loop that a stage has put on the relay.
   * @throws {EdgeError} `bad-holding-loop`; the loop before it stays
   */
  use(value: unknown): void {
    if (!isHoldingLoop(value) || value.packets.length > MAX_LOOP_PACKETS) {
      throw new EdgeError("bad-holding-loop", "not a holding loop");
    }
    const packets = value.packets.map(packetFrom);
    const thin = value.thin?.map(packetFrom);
    if (![...packets, ...(thin ?? [])].every(isWholeFrame)) {
      throw new EdgeError("bad-holding-loop", "a packet of the holding loop is not 20 ms of Opus");
    }
    this.#packets = packets;
    this.#thin = thin;
  }

  /** Stands for a number at which nobody is heard. */
  held(number: number): ProgramFrame {
    const at = number % this.#packets.length;
    const thin = this.#thin?.[at];
    const frame = { number, packet: this.#packets[at]!, holding: true };
    return thin === undefined ? frame : { ...frame, thin };
  }

  /** Stands for a number that was lost on the way, amid sound. */
  lost(number: number): ProgramFrame {
    return { number, packet: SILENT_PACKET, holding: false };
  }
}

function packetFrom(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

function isWholeFrame(packet: Uint8Array): boolean {
  if (packet.length === 0 || packet.length > MAX_PACKET_BYTES) return false;
  try {
    return packetSamples(packet) === FRAME_SAMPLES;
  } catch {
    return false;
  }
}
