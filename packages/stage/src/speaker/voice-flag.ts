import { packetSamples, saysSilence } from "@rostra/sound";
import { FRAME_SAMPLES } from "@rostra/wire";

/** From here on a packet's configuration is CELT alone, which has no flags (RFC 6716, table 2). */
const FIRST_CELT_CONFIG = 16;
const VAD_FLAG = 0x80;
const LBRR_FLAG = 0x40;

/**
 * Whether a packet may hold a voice, by its sender's own voice detector: the first bits of SILK and
 * hybrid frames say so, readable without decoding (RFC 6716, section 4.2.3). Read only where that
 * is plain: one mono frame of at most 20 ms. A voice in its copy of the packet before (LBRR) counts.
 * A packet without any sound in it (DTX) says so more plainly still.
 */
export function mayHoldVoice(packet: Uint8Array): boolean {
  if (saysSilence(packet)) return false;
  const [toc, first] = packet;
  if (toc === undefined || first === undefined) return true;
  const isOneMonoFrame = (toc & 0b111) === 0;
  if (!isOneMonoFrame || toc >> 3 >= FIRST_CELT_CONFIG) return true;
  if (packetSamples(packet) > FRAME_SAMPLES) return true;
  return (first & (VAD_FLAG | LBRR_FLAG)) !== 0;
}
