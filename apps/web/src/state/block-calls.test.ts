import { newUserId } from "@rostra/wire";
import { beforeEach, expect, test } from "vitest";
import { blockPerson, refreshBlocks, unblockPerson } from "./block-calls.ts";
import { keepBlocks, myBlocks } from "./my-blocks.ts";

const BO = newUserId();
const CY = newUserId();
const api = {
  blockPerson: async () => {},
  unblockPerson: async () => {},
  blockedByMe: async () => [{ id: BO }, { id: CY, displayName: "Cy" }],
};

beforeEach(() => keepBlocks(new Map()));

test("whom one blocks is marked, until one unblocks them", async () => {
  await blockPerson(api, BO, "Bo");
  expect([...myBlocks.value.values()]).toEqual(["Bo"]);
  await unblockPerson(api, BO);
  expect(myBlocks.value.size).toBe(0);
});

test("nobody is marked whom the server refused to block", async () => {
  const refused = { ...api, blockPerson: () => Promise.reject(new Error("full")) };
  await expect(blockPerson(refused, BO, "Bo")).rejects.toThrow();
  expect(myBlocks.value.size).toBe(0);
});

test("the server's list takes over, with the names that are known here", async () => {
  keepBlocks(new Map([[BO, "Bo"]]));
  await refreshBlocks(api);
  expect([...myBlocks.value]).toEqual([
    [BO, "Bo"],
    [CY, "Cy"],
  ]);
});
