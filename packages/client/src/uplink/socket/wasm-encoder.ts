import { loadOpus, type OpusEncoder } from "@rostra/sound";

/** Light enough for a phone: each step of complexity costs about a tenth more. */
const COMPLEXITY = 5;

export async function openWasmEncoder(bitrate: number, music: boolean): Promise<OpusEncoder> {
  const opus = await loadOpus();
  return opus.createEncoder({
    bitrate,
    application: music ? "audio" : "voip",
    signal: music ? "music" : "voice",
    complexity: COMPLEXITY,
    channels: music ? 2 : 1,
  });
}
