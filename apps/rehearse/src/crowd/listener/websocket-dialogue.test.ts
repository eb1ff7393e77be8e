import {
  encodeChunk,
  encodeCloseFrame,
  encodeServerFrame,
  encodeTextFrame,
  OPCODE,
  type ProgramFrame,
  WebSocketFrameParser,
} from "@rostra/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pushCut, Recorder } from "../../../test/support/recorder.ts";
import { WebSocketDialogue } from "./websocket-dialogue.ts";

const HEAD = Buffer.from("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
const BYE = '{"type":"bye","reason":"moving","retryAfterMs":430}';

function begin(decodes = false, from?: number) {
  const events = new Recorder();
  const options = { authority: "rostra.test", livePath: "/live/x", hop: 0, events, decodes, from };
  return { events, dialogue: new WebSocketDialogue(options) };
}

function frames(first: number, packets: readonly Uint8Array[]): ProgramFrame[] {
  return packets.map((packet, at) => ({ number: first + at, packet, holding: false }));
}

const chunk = (first: number, packets: readonly Uint8Array[]) =>
  encodeServerFrame(OPCODE.binary, encodeChunk(frames(first, packets)));

const somePackets = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 60 });
const someChunks = fc.array(fc.tuple(fc.nat(2 ** 40), somePackets), { maxLength: 6 });
const cuts = fc.array(fc.nat(100_000), { maxLength: 40 });

describe("a WebSocket listener of the crowd", () => {
  it("asks as the protocol's page says, and resumes by number", () => {
    expect(begin().dialogue.opening).toMatch(/^GET \/live\/x HTTP\/1\.1\r\nHost: rostra\.test\r\n/);
    expect(begin().dialogue.opening).toMatch(/Sec-WebSocket-Protocol: rostra\.live\.v1\r\n/);
    expect(begin(false, 77).dialogue.opening).toMatch(/^GET \/live\/x\?from=77 /);
  });

  it("counts every chunk by its head, however the bytes are cut, between events and pings", () => {
    fc.assert(
      fc.property(someChunks, cuts, fc.boolean(), (chunks, places, decodes) => {
        const { events, dialogue } = begin(decodes);
        const between = [
          encodeTextFrame('{"type":"listeners","listeners":{"now":3,"peak":4}}'),
          encodeServerFrame(OPCODE.ping, Uint8Array.of(7)),
        ];
        const sent = chunks.flatMap(([first, packets]) => [...between, chunk(first, packets)]);
        pushCut(dialogue, Buffer.concat([HEAD, ...sent]), places);
        expect(events.sounds).toEqual(chunks.map(([first, packets]) => [first, packets.length]));
        expect(events.sent).toHaveLength(chunks.length);
        const heard = chunks.flatMap(([first, packets]) =>
          packets.map((packet, at) => [first + at, Uint8Array.from(packet)]),
        );
        expect(events.heard).toEqual(decodes ? heard : []);
      }),
    );
  });

  it("answers a ping as a client must: masked, with the same payload", () => {
    const { events, dialogue } = begin();
    const ping = encodeServerFrame(OPCODE.ping, Uint8Array.of(1, 2, 3));
    pushCut(dialogue, Buffer.concat([HEAD, ping]), []);
    const server = new WebSocketFrameParser({ maxPayloadBytes: 125, masked: true });
    const [pong] = server.push(events.sent[0] as Uint8Array);
    expect(pong).toEqual({ opcode: OPCODE.pong, payload: Uint8Array.of(1, 2, 3) });
  });

  it("reads of a welcome the clock and the cadence, whatever else stands in it", () => {
    const title = '","serverTimeMs":5,"cadenceMs":7,"';
    const welcome = { type: "welcome", space: { title }, serverTimeMs: 123.5, cadenceMs: 200 };
    fc.assert(
      fc.property(cuts, (places) => {
        const { events, dialogue } = begin();
        const text = encodeTextFrame(JSON.stringify({ ...welcome, more: { title } }));
        pushCut(dialogue, Buffer.concat([HEAD, text]), places);
        expect([events.times, events.cadences]).toEqual([[123.5], [[200, 0]]]);
      }),
    );
    const { dialogue } = begin();
    const without = Buffer.concat([HEAD, encodeTextFrame('{"type":"welcome","cadenceMs":100}')]);
    expect(() => pushCut(dialogue, without, [])).toThrow("a welcome without");
  });

  it("hears when it is asked whether it hears", () => {
    const { events, dialogue } = begin();
    const question = encodeTextFrame('{"type":"ask-heard","share":0.25}');
    pushCut(dialogue, Buffer.concat([HEAD, question]), []);
    expect(events.questions).toEqual([0.25]);
  });

  it("tells where to go when the server is about to", () => {
    const { events, dialogue } = begin();
    const tiers = [{ tier: "live", url: "/live/x", protocol: "websocket", spare: 5 }];
    const move = JSON.stringify({ type: "move", withinMs: 9_000, tiers });
    pushCut(dialogue, Buffer.concat([HEAD, encodeTextFrame(move)]), [60]);
    expect(events.moves).toEqual([tiers]);
  });

  it("tells a goodbye with its reason and when to come back", () => {
    const { events, dialogue } = begin();
    const end = [encodeTextFrame(BYE), encodeCloseFrame(1001, "moving")];
    pushCut(dialogue, Buffer.concat([HEAD, ...end]), [70, 90]);
    expect(events.goodbyes).toEqual([["close 1001, bye moving", 430]]);
  });

  it("doesn't come back to a space that has ended", () => {
    const { events, dialogue } = begin();
    pushCut(dialogue, Buffer.concat([HEAD, encodeCloseFrame(4000, "ended")]), []);
    expect(events.goodbyes).toEqual([["close 4000", null]]);
  });

  it("tells what it was refused with", () => {
    const { events, dialogue } = begin();
    const answer =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\ncontent-length: 0\r\n\r\n";
    pushCut(dialogue, Buffer.from(answer), [10, 50]);
    expect(events.refusals).toEqual([
      { status: 503, retryAfterMs: 2_000, location: undefined, tiers: [] },
    ]);
  });

  it("reads in the body where there is room, however the bytes are cut", () => {
    const tier = { tier: "live", url: "http://b/live/x", protocol: "websocket", spare: 7 };
    const body = JSON.stringify({ type: "urn:rostra:problem:elsewhere", tiers: [tier, "b"] });
    const head = `HTTP/1.1 307 Elsewhere\r\nLocation: /b\r\ncontent-length: ${body.length}`;
    fc.assert(
      fc.property(cuts, (places) => {
        const { events, dialogue } = begin();
        pushCut(dialogue, Buffer.from(`${head}\r\n\r\n${body}`), places);
        expect(events.refusals).toEqual([
          { status: 307, retryAfterMs: undefined, location: "/b", tiers: [tier] },
        ]);
      }),
    );
  });

  it("comes through anything a server may send, with an answer or an error of ours", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.boolean(),
        cuts,
        (noise, upgraded, places) => {
          const { dialogue } = begin();
          try {
            pushCut(dialogue, upgraded ? Buffer.concat([HEAD, noise]) : noise, places);
          } catch (error) {
            expect(error).toMatchObject({ name: "WireError" });
          }
        },
      ),
    );
  });
});
