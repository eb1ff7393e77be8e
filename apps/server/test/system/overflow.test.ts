import { RostraProcess, TestApi, WebSocketListener } from "@rostra/testkit";
import { isListenAnswer } from "@rostra/wire";
import { afterEach, describe, expect, it, vi } from "vitest";

const WITHIN = { timeout: 20_000, interval: 50 };
/** Below the range that the system hands out by itself. */
const [PORT, SECOND_PORT] = [27_081, 27_082];

let rostra: RostraProcess | undefined;
afterEach(async () => {
  await rostra?.stop();
});

describe("a full edge of a running server", () => {
  it("sends listeners to a second one, and its word stands while control is dead", async () => {
    const [first, second] = [`http://127.0.0.1:${PORT}`, `http://127.0.0.1:${SECOND_PORT}`];
    rostra = await RostraProcess.start({
      env: {
        PORT: String(PORT),
        ROSTRA_EDGES: "1",
        ROSTRA_EDGE_LISTENERS: "2",
        ROSTRA_EDGE_HLS_LISTENERS: "0",
        ROSTRA_EDGE_URL: first,
        ROSTRA_MORE_EDGES: second,
      },
    });
    const api = new TestApi(first);
    const space = await api.openSpace(await api.guest("Ada"), "Crowded");
    const inside = [new WebSocketListener(first, space.id), new WebSocketListener(first, space.id)];
    for (const each of inside) {
      await vi.waitFor(() => expect(each.frames.length).toBeGreaterThan(0), WITHIN);
    }
    rostra.kill("control-1");
    const refusal = await fetch(`${first}/live/${space.id}.ogg`, { redirect: "manual" });
    expect(refusal.status).toBe(307);
    expect(refusal.headers.get("location")).toBe(`${second}/live/${space.id}.ogg?hop=1`);
    const answer: unknown = await (await fetch(`${first}/api/v1/spaces/${space.id}/listen`)).json();
    if (!isListenAnswer(answer)) throw new TypeError("not an answer of the protocol");
    expect(answer.tiers.map(({ url }) => url)).toContain(`${second}/live/${space.id}`);
    const moved = new WebSocketListener(second, space.id);
    await vi.waitFor(() => expect(moved.frames.length).toBeGreaterThan(50), WITHIN);
    expect(moved.missing).toEqual([]);
    expect(inside.every((each) => each.open && each.missing.length === 0)).toBe(true);
    for (const each of [...inside, moved]) each.close();
  });
});
