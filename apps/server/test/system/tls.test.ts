import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { freeTcpPort, RostraProcess, selfSigned } from "@rostra/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

describe("a server with a certificate of its own", () => {
  let folder: string;
  let ca: string;
  let httpPort: number;
  let rostra: RostraProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rostra-tls-"));
    const { certFile, keyFile, pem } = await selfSigned(folder);
    ca = pem;
    httpPort = await freeTcpPort();
    rostra = await RostraProcess.start({
      env: {
        ROSTRA_EDGES: "2",
        ROSTRA_TLS_CERT: certFile,
        ROSTRA_TLS_KEY: keyFile,
        ROSTRA_HTTP_PORT: String(httpPort),
      },
    });
  });

  afterAll(async () => {
    await rostra.stop();
    await rm(folder, { recursive: true });
  });

  function ask(path: string, body?: object, token?: string) {
    const headers = {
      ...(body && { "content-type": "application/json" }),
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const method = body === undefined ? "GET" : "POST";
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const asked = request(`${rostra.url}${path}`, { ca, method, headers }, (answer) => {
        text(answer).then((body) => resolve({ status: answer.statusCode!, text: body }), reject);
      });
      asked.on("error", reject);
      asked.end(body && JSON.stringify(body));
    });
  }

  it("is found by https, and gives spaces links that say so", async () => {
    expect(rostra.url).toMatch(/^https:/);
    expect((await ask("/readyz")).status).toBe(200);
    const guest = JSON.parse((await ask("/api/v1/guests", { displayName: "Ada" })).text);
    const made = await ask("/api/v1/spaces", { title: "Safe" }, guest.token);
    expect(made.status).toBe(201);
    const space = JSON.parse(made.text) as { id: string; url: string };
    expect(space.url).toBe(`${rostra.url}/s/${space.id}`);
    expect((await ask(`/s/${space.id}`)).text).toContain("<html");
  });

  it("sends those on who come by plain HTTP", async () => {
    const url = `http://127.0.0.1:${httpPort}/s/abc`;
    const answer = await fetch(url, { redirect: "manual" });
    expect(answer.status).toBe(308);
    expect(answer.headers.get("location")).toBe(`${rostra.url}/s/abc`);
  });
});
