/**
 * How much noise the strong suppression takes out of recorded speech, and what it costs: the same
 * WebAssembly as in the browser's audio thread. Needs ffmpeg and asterisk-core-sounds-en-wav.
 *
 *     node packages/client/bench/noise.ts
 */
import { cleaned, loadModule, recordedVoice, roomNoise, snrDb } from "../test/support/noise.ts";

const wasm = await loadModule();
const voice = await recordedVoice();

process.stdout.write(
  "| voice to noise | before | after | CPU ms per second |\n|---|---|---|---|\n",
);
for (const inputDb of [0, 5, 10, 15]) {
  const noise = roomNoise(voice, inputDb);
  const mixed = voice.map((sample, i) => sample + noise[i]!);
  const before = process.cpuUsage();
  const out = cleaned(wasm, mixed);
  const { user, system } = process.cpuUsage(before);
  const costMs = (user + system) / 1000 / (voice.length / 48_000);
  const [was, is] = [snrDb(mixed, voice), snrDb(out, voice)];
  process.stdout.write(
    `| ${inputDb} dB | ${was.toFixed(1)} dB | ${is.toFixed(1)} dB | ${costMs.toFixed(1)} |\n`,
  );
}
