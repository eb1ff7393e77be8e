/**
 * The process behind the wasm adapter: Ogg/Opus on stdin, ADTS on stdout, until stdin ends.
 * How many channels it makes is said by its one argument. It lives and dies alone, so that a decoder that fails takes no listener with it.
 */
import { registerAacEncoder } from "@mediabunny/aac-encoder";
import { loadOpus, OggPageReader, packetSamples } from "@rostra/sound";
import { type Channels, SAMPLE_RATE_HZ } from "@rostra/wire";
import { AdtsOutputFormat, AudioSample, AudioSampleSource, Output, StreamTarget } from "mediabunny";
import { aacBitrate } from "./adapters.ts";

/** The two header packets (RFC 7845, section 5) carry no sound. */
const HEADER_MAGIC = /^Opus(Head|Tags)$/;

registerAacEncoder();
const channels: Channels = process.argv[2] === "2" ? 2 : 1;
const opus = await loadOpus();
const decoder = await opus.createDecoder({ channels });
const source = new AudioSampleSource({ codec: "aac", bitrate: aacBitrate(channels) });
const output = new Output({
  format: new AdtsOutputFormat(),
  target: new StreamTarget(
    new WritableStream({ write: (chunk) => void process.stdout.write(chunk.data) }),
  ),
});
output.addAudioTrack(source);
await output.start();

// The encoder wants timestamps; ours are those of a stream without gaps.
let samplesSoFar = 0;

/** Resolves when the encoder has taken it: that is what holds back the reading of stdin. */
async function encode(pcm: Float32Array): Promise<void> {
  const sample = new AudioSample({
    data: pcm,
    format: "f32",
    numberOfChannels: channels,
    sampleRate: SAMPLE_RATE_HZ,
    timestamp: samplesSoFar / SAMPLE_RATE_HZ,
  });
  samplesSoFar += pcm.length / channels;
  await source.add(sample);
  sample.close();
}

/** A packet that can't be decoded is concealed: the stream must not get shorter. */
function decode(packet: Uint8Array): Float32Array {
  try {
    return decoder.decode(packet);
  } catch {
    return decoder.conceal(packetSamples(packet));
  }
}

const reader = new OggPageReader();
for await (const bytes of process.stdin) {
  for (const page of reader.push(bytes as Uint8Array)) {
    for (const packet of page.packets) {
      const isHeader = HEADER_MAGIC.test(Buffer.from(packet.subarray(0, 8)).toString("latin1"));
      if (!isHeader && packet.length > 0) await encode(decode(packet));
    }
  }
}
process.exit(0);
