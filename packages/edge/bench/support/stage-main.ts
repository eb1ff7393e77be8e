import { connectRelay, serveRelayHub } from "@rostra/relay";
import { voiceLike } from "../../test/support/voice-like.ts";
import type { FromStage, StageOrder } from "./message.ts";
import { playStage } from "./stage.ts";

/** The hub and a stage in a process of their own, so that an edge's CPU is the edge's alone. */

const voice = await voiceLike();
const { relayPath } = JSON.parse(process.argv[2] ?? "") as StageOrder;
process.on("disconnect", () => process.exit(0));
await serveRelayHub(relayPath);
const backstage = await connectRelay(relayPath);
const space = playStage(backstage, voice);
await backstage.flush();
process.send?.({ kind: "on-air", relayPath, spaceId: space.id } satisfies FromStage);
