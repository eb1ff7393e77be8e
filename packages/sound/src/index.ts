export { type AdtsHeader, parseAdtsHeader } from "./adts/header.ts";
export { AdtsReader } from "./adts/reader.ts";
export { type OpusFragmentOptions, opusFragment } from "./cmaf/fragment.ts";
export { CMAF_MIME_TYPE, opusInitSegment } from "./cmaf/init.ts";
export { type Alignment, type AlignOptions, alignAndCorrelate } from "./compare/align.ts";
export { SoundError, type SoundErrorCode } from "./errors.ts";
export {
  HOLDING_DBFS,
  HOLDING_SECONDS,
  holdingPackets,
  holdingSound,
} from "./holding/holding-sound.ts";
export { rmsDbfs, SILENCE_DBFS } from "./level/rms.ts";
export { VoiceActivity } from "./level/voice-activity.ts";
export { LEVEL_TARGET_LUFS, Leveller } from "./loudness/leveller.ts";
export { LoudnessMeter, type MeterOptions } from "./loudness/loudness-meter.ts";
export { SILENCE_LUFS } from "./loudness/lufs.ts";
export {
  LIMITER_LATENCY_SAMPLES,
  TRUE_PEAK_CEILING_DBTP,
  TruePeakLimiter,
} from "./loudness/true-peak-limiter.ts";
export { TruePeakMeter } from "./loudness/true-peak-meter.ts";
export { VoiceMeter } from "./loudness/voice-meter.ts";
export { LIMITER_CEILING, Limiter } from "./mixer/limiter.ts";
export { fitted, mixInto } from "./mixer/mix.ts";
export { interleaved, sideOf } from "./mixer/sides.ts";
export {
  OPUS_PRE_SKIP_SAMPLES,
  type OpusHead,
  type OpusTagsOptions,
  opusHead,
  opusTags,
  parseOpusHead,
} from "./ogg/opus-headers.ts";
export { type OggPage, OggPageReader } from "./ogg/page-reader.ts";
export { OggOpusPager } from "./ogg/pager.ts";
export { checkComplexity, checkEncoderOptions } from "./opus/encoder-options.ts";
export { loadOpus } from "./opus/libopus.ts";
export {
  type Opus,
  type OpusDecoder,
  type OpusEncoder,
  type OpusEncoderOptions,
  PROGRAM_ENCODING,
  programEncoding,
  THIN_ENCODING,
} from "./opus/opus.ts";
export {
  isStereoPacket,
  MAX_PACKET_SAMPLES,
  packetSamples,
  SILENT_PACKET,
  saysSilence,
} from "./opus/packet.ts";
export { resample } from "./resample/resample.ts";
export { SampleFifo } from "./resample/sample-fifo.ts";
export { FrameRing, type PushResult } from "./ring/frame-ring.ts";
export { TimeStretcher } from "./stretch/time-stretcher.ts";
