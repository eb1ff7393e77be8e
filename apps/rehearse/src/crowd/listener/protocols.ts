import type { Protocol } from "../plan/options.ts";
import type { Dialogue, DialogueOptions } from "./dialogue.ts";
import { HlsDialogue } from "./hls-dialogue.ts";
import { OggDialogue } from "./ogg-dialogue.ts";
import { WebSocketDialogue } from "./websocket-dialogue.ts";

export function beginDialogue(protocol: Protocol, options: DialogueOptions): Dialogue {
  switch (protocol) {
    case "ws":
      return new WebSocketDialogue(options);
    case "ogg":
      return new OggDialogue(options);
    case "hls":
      return new HlsDialogue(options);
  }
}

/** A redirect's address without what the protocol puts behind `/live/{id}`. */
export function livePathOf(path: string, protocol: Protocol): string {
  const [bare = ""] = path.split("?");
  if (protocol === "ogg") return bare.replace(/\.ogg$/, "");
  return protocol === "hls" ? bare.replace(/\/[^/]*$/, "") : bare;
}
