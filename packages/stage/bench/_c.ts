import { loadOpus, PROGRAM_ENCODING, alignAndCorrelate } from "@rostra/sound";
import { syntheticVoice } from "../test/support/synthetic-voice.ts";
import { readFileSync } from "node:fs";
const opus = await loadOpus();
let pcm: Float32Array;
const file = process.argv[2];
if (file) { const b = readFileSync(file); const f = new Float32Array(b.buffer, b.byteOffset, b.byteLength>>2); pcm = f; } else pcm = syntheticVoice({ seconds: 20, seed: 1 });
const frames = Math.floor(pcm.length / 960);
for (const [bitrate, complexity, app, signal, pd] of [[32000,0,"audio","music",true],[32000,1,"audio","music",true],[32000,2,"audio","music",true],[32000,3,"audio","music",true],[32000,4,"audio","music",true],[32000,5,"audio","music",true],[32000,10,"audio","music",true],[40000,0,"audio","music",true],[40000,1,"audio","music",true],[40000,4,"audio","music",true],[24000,0,"voip","voice",false],[32000,0,"voip","voice",false]] as const) {
  let best = Infinity, bytes = 0, out = new Float32Array(frames * 960);
  for (let r = 0; r < 3; r++) {
    const e = await opus.createEncoder({ bitrate, complexity, application: app, signal, predictionDisabled: pd, channels: 1 });
    const d = await opus.createDecoder({ channels: 1 });
    bytes = 0; let ms = 0;
    const packets: Uint8Array[] = [];
    const t = process.cpuUsage();
    for (let n = 0; n < frames; n++) { const p = e.encode(pcm.subarray(n * 960, n * 960 + 960)); packets.push(p); bytes += p.length; }
    const c = process.cpuUsage(t); ms = (c.user + c.system) / 1000;
    best = Math.min(best, ms / frames * 1000);
    packets.forEach((p, n) => out.set(d.decode(p), n * 960));
    e.close(); d.close();
  }
  // SNR at 312 samples delay, segmental
  const delay = 312; let seg = 0, k = 0, err = 0, pow = 0;
  for (let n = 1; n < frames - 1; n++) { let e2 = 0, p2 = 0; for (let i = n * 960; i < n * 960 + 960; i++) { const x = pcm[i]!, y = out[i + delay]!; e2 += (x - y) ** 2; p2 += x * x; } err += e2; pow += p2; if (p2 / 960 > 1e-5) { seg += Math.min(35, Math.max(-10, 10 * Math.log10(p2 / (e2 + 1e-12)))); k++; } }
  console.log(bitrate, "c", complexity, app, signal, pd, best.toFixed(0), "µs/frame", (bytes * 8 * 50 / frames).toFixed(0), "bit/s SNR", (10 * Math.log10(pow / err)).toFixed(2), "seg", (seg / k).toFixed(2));
}
