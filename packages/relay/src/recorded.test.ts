import { readFileSync } from "node:fs";
import { LIMITS, parseSpaceId } from "@rostra/wire";
import { describe, expect, it } from "vitest";
import { encodeRelayMessage, RelayMessageParser } from "./embedded/message.ts";
import {
  decodeAnswer,
  decodeFleetMessage,
  decodeFrames,
  decodeQuestion,
  encodeFrames,
} from "./fleet/message.ts";

// What the version said that knew no pairs of stages, byte by byte: a fleet is upgraded process by
// process, so what it says must still be understood, and what it is told must still look like that.
type Recorded = Record<"fleet" | "embedded", Record<string, string>>;
const path = new URL("../test/recorded/messages.json", import.meta.url);
const recorded = JSON.parse(readFileSync(path, "utf8")) as Recorded;
const fleet = (name: string) => new Uint8Array(Buffer.from(recorded.fleet[name]!, "hex"));
const embedded = (name: string) => new Uint8Array(Buffer.from(recorded.embedded[name]!, "hex"));

const frames = [
  { number: 41, packet: Uint8Array.of(0xf8, 1, 2), holding: false, thin: Uint8Array.of(0xf8, 9) },
  { number: 42, packet: Uint8Array.of(0xf8, 3), holding: true },
  { number: 44, packet: Uint8Array.of(0xf8, 4), holding: false },
];
const author = "stage-1-0a1b2c3d";
const entry = {
  key: "service/stage-1",
  value: { role: "stage" },
  at: 1_700_000_000_123,
  author,
  ephemeral: true,
};

describe("what the version before said in a fleet", () => {
  it("is still understood", () => {
    expect(decodeFrames(fleet("frames"))).toEqual(frames);
    expect(decodeQuestion(fleet("question"))).toEqual({ from: 41, to: 44 });
    expect(decodeAnswer(fleet("answer"))).toEqual({ origin: "played", latest: 44, frames });
    expect(decodeAnswer(fleet("nothing")).latest).toBeUndefined();
    expect(decodeFleetMessage(fleet("set"))).toMatchObject({ kind: "set", entry });
    expect(decodeFleetMessage(fleet("beat"))).toMatchObject({ kind: "beat", author, everyMs: 250 });
    expect(decodeFleetMessage(fleet("bye"))).toMatchObject({ kind: "bye", author });
    expect(decodeFleetMessage(fleet("all-mine"))).toMatchObject({ author, entries: [entry] });
    expect(decodeFleetMessage(fleet("standing"))).toMatchObject({ last: true, entries: [entry] });
  });

  it("is what a first stage still says, so that the version before hears it", () => {
    expect(Buffer.from(encodeFrames(frames))).toEqual(Buffer.from(fleet("frames")));
  });
});

describe("what the version before said on one machine", () => {
  it("is still understood, and said for the only stage", () => {
    const spaceId = parseSpaceId("0123456789abcdef");
    const parsed = (name: string) => new RelayMessageParser().push(embedded(name));
    expect(parsed("frames")).toEqual([{ kind: "frames", spaceId, frames }]);
    expect(parsed("history-request")).toMatchObject([{ request: 7, from: 41, to: 44 }]);
    expect(parsed("synced")).toEqual([{ kind: "synced" }]);
    const said = encodeRelayMessage({ kind: "frames", spaceId, frames });
    expect(Buffer.from(said)).toEqual(Buffer.from(embedded("frames")));
    expect(said.length).toBeLessThan(LIMITS.relayMessageBytes);
  });
});
