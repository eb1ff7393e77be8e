import { loadOpus, type OpusEncoder } from "@rostra/sound";

/** Light enough for a phone: each step of complexity costs about a tenth more. */
const COMPLEXITY = 5;

/** Voices skip silence (DTX): see `RtpWriter`. Music goes on for as long as it plays. */
export async function openWasmEncoder(bitrate: number, music: boolean): Promise<OpusEncoder> {
  const opus = await loadOpus();
  return opus.createEncoder({
    bitrate,
    application: music ? "audio" : "voip",
    signal: music ? "music" : "voice",
    complexity: COMPLEXITY,
    dtx: !music,
    channels: music ? 2 : 1,
  });
}
