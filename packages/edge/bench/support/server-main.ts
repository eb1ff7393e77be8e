import { performance } from "node:perf_hooks";
import { voiceLike } from "../../test/support/voice-like.ts";
import { openBareServer } from "./bare-server.ts";
import { openEdgeServer } from "./edge-server.ts";
import type { FromServer, Question, ServerOrder } from "./message.ts";

/** The process whose CPU is measured: a bare server, or a real edge. */

const order = JSON.parse(process.argv[2] ?? "") as ServerOrder;
const voice = await voiceLike();
const server =
  order.kind === "bare" ? await openBareServer(voice, order) : await openEdgeServer(voice, order);
const say = (message: FromServer) => void process.send?.(message);
process.on("message", (question: Question) => {
  if (question === "counts") void server.counts().then(say);
  else say({ kind: "turns", turns: performance.nodeTiming.uvMetricsInfo.loopCount });
});
process.on("disconnect", () => process.exit(0));
say(server.up);
