import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockFolder } from "./folder-lock.ts";

/** Above the largest process id that Linux gives. */
const NOBODYS_PID = 4_194_305;

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rostra-lock-"));
  file = join(directory, "store.lock");
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe("the lock of a folder", () => {
  it("keeps a second one out until it is given back", async () => {
    const unlock = await lockFolder(file);
    await expect(lockFolder(file)).rejects.toMatchObject({
      code: "store-in-use",
      message: expect.stringMatching(new RegExp(`^[^\\n]*pid ${process.pid}[^\\n]*$`)),
    });
    await unlock();
    await (await lockFolder(file))();
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([
    ["of a process that has gone", `${NOBODYS_PID} 1 boot\n`],
    ["of one whose number somebody else has by now", `${process.pid} 1 an-earlier-boot\n`],
    ["that a power cut has emptied", ""],
    ["that holds nonsense", "-7 garbage\n"],
  ])("is taken over at once from one %s", async (_what, dead) => {
    await writeFile(`${file}.1.left-over`, dead);
    const unlock = await lockFolder(file);
    expect(await readdir(directory)).toEqual([
      expect.stringMatching(new RegExp(`^store.lock.${process.pid}`)),
    ]);
    await unlock();
    expect(await readdir(directory)).toEqual([]);
  });

  it("never goes to two of many that find a dead one at the same time", async () => {
    await writeFile(`${file}.1.left-over`, `${NOBODYS_PID} 1 boot\n`);
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(file)));
    const won = tries.filter((each) => each.status === "fulfilled");
    expect(won.length).toBeLessThanOrEqual(1);
    for (const each of won) await each.value();
    expect(await readdir(directory)).toEqual([]);
    await (await lockFolder(file))();
  });
});
