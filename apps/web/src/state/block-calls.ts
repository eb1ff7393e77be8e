import type { RostraApi } from "@rostra/client";
import type { UserId } from "@rostra/wire";
import { keepBlocks, myBlocks } from "./my-blocks.ts";

type BlockApi = Pick<RostraApi, "blockPerson" | "unblockPerson" | "blockedByMe">;

/** Puts somebody on one's own list. They aren't told, and the marks are shown to nobody else. */
export async function blockPerson(api: BlockApi, id: UserId, name: string): Promise<void> {
  await api.blockPerson(id);
  keepBlocks(new Map([...myBlocks.value, [id, name]]));
}

export async function unblockPerson(api: BlockApi, id: UserId): Promise<void> {
  await api.unblockPerson(id);
  keepBlocks(new Map([...myBlocks.value].filter(([other]) => other !== id)));
}

/** The server's list is the one that counts: it may have been changed on another page. */
export async function refreshBlocks(api: BlockApi): Promise<void> {
  const people = await api.blockedByMe();
  const known = myBlocks.value;
  const named = people.map(({ id, displayName }): [UserId, string] => [
    id,
    displayName ?? known.get(id) ?? "Somebody",
  ]);
  keepBlocks(new Map(named));
}
