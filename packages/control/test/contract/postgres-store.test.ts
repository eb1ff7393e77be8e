import { PostgresServer, testMember, testSpace } from "@rostra/testkit";
import { newUserId, systemClock } from "@rostra/wire";
import { pino } from "pino";
import { afterAll, expect, it } from "vitest";
import { withSnapshot } from "../../src/roles/record.ts";
import { openPostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { storeContract } from "./store-contract.ts";

const server = await PostgresServer.start();
const log = pino({ level: "silent" });
const open = (url = server.url) => openPostgresStore({ url, clock: systemClock, log });

afterAll(() => server.stop());

storeContract("PostgreSQL", () => open());

function someSpace() {
  return testSpace({ members: [testMember(newUserId(), { role: "host", displayName: "Ada" })] });
}

it("lets several controls start at once and change the same space, and loses nothing", async () => {
  const stores = await Promise.all([open(), open(), open()]);
  const space = someSpace();
  await stores[0]!.addSpace(space);
  const changes = Array.from({ length: 30 }, (_, i) =>
    stores[i % 3]!.changeSpace(space.id, (record) =>
      withSnapshot(record, { ...record.snapshot, title: `${record.snapshot.title}.` }),
    ),
  );
  await Promise.all(changes);
  const after = await stores[1]!.loadSpace(space.id);
  expect(after?.snapshot.title).toBe(`${space.title}${".".repeat(30)}`);
  expect(after?.snapshot.revision).toBe(31);
  await Promise.all(stores.map((store) => store.close()));
});

it("has what was acknowledged after the server was killed, and finds it again by itself", async () => {
  const store = await open();
  const space = someSpace();
  await store.addSpace(space);
  await server.kill();
  await expect(store.loadSpace(space.id)).rejects.toThrow();
  await server.restart();
  expect((await store.loadSpace(space.id))?.snapshot.id).toBe(space.id);
  await store.close();
});

it("says in one line what is wrong with an address", async () => {
  const at = (change: (url: URL) => void) => {
    const url = new URL(server.url);
    change(url);
    return open(url.href);
  };
  await expect(at((url) => (url.pathname = "/nowhere"))).rejects.toMatchObject({
    code: "store-unreachable",
    message: expect.stringMatching(/^[^\n]*createdb nowhere[^\n]*$/),
  });
  await expect(at((url) => (url.username = "nobody"))).rejects.toMatchObject({
    code: "store-unreachable",
    message: expect.stringMatching(/^[^\n]*'nobody'[^\n]*$/),
  });
  await expect(at((url) => (url.port = "1"))).rejects.toMatchObject({
    code: "store-unreachable",
    message: expect.stringMatching(/^[^\n]*is it running[^\n]*$/),
  });
});
