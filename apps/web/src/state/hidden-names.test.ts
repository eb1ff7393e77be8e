import { newSpaceId, newUserId } from "@rostra/wire";
import { expect, test } from "vitest";
import { HiddenNames } from "./hidden-names.ts";

const BO = { id: newUserId(), displayName: "Bo" };
const RUDE = { id: newUserId(), displayName: "Very rude" };
const api = {
  hideName: async () => {},
  showName: async () => {},
  hiddenNames: async () => [BO],
};

test("a name that is hidden stands among those that can be shown again, once", async () => {
  const names = new HiddenNames(api, newSpaceId());
  await names.refresh();
  await names.hide(RUDE);
  await names.hide(RUDE);
  expect(names.list.value).toEqual([BO, RUDE]);
  await names.show(BO.id);
  expect(names.list.value).toEqual([RUDE]);
  expect(names.problem.value).toBe("");
});

test("a refusal hides nothing, and is told until something works", async () => {
  const refused = { ...api, hideName: () => Promise.reject(new Error("no")) };
  const names = new HiddenNames(refused, newSpaceId());
  await names.hide(RUDE);
  expect(names.list.value).toEqual([]);
  expect(names.problem.value).not.toBe("");
  await names.refresh();
  expect(names.problem.value).toBe("");
});
