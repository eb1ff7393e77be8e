import { asListenerMessage, WebSocketFrameParser } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { HeardAnswer } from "./heard-answer.ts";

const SECOND = 1_000;

describe("a listener who is asked whether it hears", () => {
  it("says so once, within eight seconds, if it had sound lately", () => {
    const answer = new HeardAnswer();
    answer.asked(1, 0);
    const bytes = answer.due(8 * SECOND, 7 * SECOND);
    const server = new WebSocketFrameParser({ maxPayloadBytes: 125, masked: true });
    const [frame] = server.push(bytes!);
    const said: unknown = JSON.parse(Buffer.from(frame!.payload).toString());
    expect(asListenerMessage(said)).toEqual({ type: "heard" });
    expect(answer.due(9 * SECOND, 8 * SECOND)).toBeUndefined();
  });

  it("says nothing where it wasn't picked, wasn't asked, or has heard nothing for ten seconds", () => {
    const answer = new HeardAnswer();
    expect(answer.due(SECOND, 0)).toBeUndefined();
    answer.asked(0, 0);
    expect(answer.due(8 * SECOND, 7 * SECOND)).toBeUndefined();
    answer.asked(1, 0);
    expect(answer.due(18 * SECOND, 7 * SECOND)).toBeUndefined();
  });
});
