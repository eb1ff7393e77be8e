import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { RostraProcess, TestApi } from "@rostra/testkit";
import { expect, it } from "vitest";

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

it("control's traces go on from the caller's, through an edge, down to the store and the relay", async () => {
  const spans: OtlpSpan[] = [];
  const collector = createServer(async (req, res) => {
    // biome-ignore lint/suspicious/noExplicitAny: what a collector is sent, looked into below
    const body = (await json(req)) as any;
    for (const { scopeSpans } of body.resourceSpans) {
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    res.writeHead(200, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const rostra = await RostraProcess.start({
    env: { ROSTRA_EDGES: "1", OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
  });
  const host = await new TestApi(rostra.url).guest("Ada");
  const [traceId, parentId] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
  const made = await fetch(`${rostra.url}/api/v1/spaces`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${host.token}`,
      "content-type": "application/json",
      traceparent: `00-${traceId}-${parentId}-01`,
    },
    body: JSON.stringify({ title: "Traced" }),
  });
  expect(made.status).toBe(201);
  // What waits is handed over at the end.
  expect(await rostra.stop()).toBe(0);
  collector.close();

  const ours = spans.filter((span) => span.traceId === traceId);
  const request = ours.find(({ name }) => name === "POST /api/v1/spaces")!;
  expect(request.parentSpanId).toBe(parentId);
  expect(request.attributes).toContainEqual({
    key: "http.response.status_code",
    value: { intValue: 201 },
  });
  const below = ours.filter(({ parentSpanId }) => parentSpanId === request.spanId);
  expect(below.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["store addSpace", "relay put"]),
  );
  const others = spans.filter((span) => span.traceId !== traceId);
  expect(others.map(({ name }) => name)).toContain("POST /api/v1/guests");
  // No token, no id of a space: names and attributes are few.
  expect(JSON.stringify(spans)).not.toContain(host.token);
});
