import { loadOpus, type Opus } from "@rostra/sound";
import type { Logger } from "pino";
import { loadNativeOpus, type NativeOpus } from "./native-opus.ts";

/**
 * The codec of a stage. Encoders are native where this machine has the binary, else WebAssembly, as
 * decoders are everywhere: what strangers send is decoded in a sandbox, by a libopus that conceals losses.
 * @param log is told once which it is
 * @param load gives the native encoders, or throws where there are none
 */
export async function openStageOpus(log: Logger, load = loadNativeOpus): Promise<Opus> {
  const wasm = await loadOpus();
  const native = nativeOpus(log, load);
  log.info({ encoder: native === undefined ? "wasm" : "native" }, "Opus is loaded");
  if (native === undefined) return wasm;
  return { ...wasm, createEncoder: async (options) => native.createEncoder(options) };
}

function nativeOpus(log: Logger, load: () => NativeOpus): NativeOpus | undefined {
  try {
    return load();
  } catch (error) {
    // Fewer speakers a core, and nothing else is missing.
    log.debug({ err: error }, "no native encoder for this machine");
    return undefined;
  }
}
