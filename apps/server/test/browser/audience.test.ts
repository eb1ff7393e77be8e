import { listenTo, openSpace, Person, RostraProcess, TestApi } from "@rostra/testkit";
import type { SpaceId } from "@rostra/wire";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const WITHIN = { timeout: 60_000 };

describe("an audience with a host", () => {
  let rostra: RostraProcess;
  let host: Person;
  let bo: Person;
  let cy: Person;

  beforeAll(async () => {
    // Whoever listens may be on another edge than who reacts.
    rostra = await RostraProcess.start({ env: { ROSTRA_EDGES: "2" } });
    host = await Person.arrive();
    const id = (await openSpace(host.page, rostra.url, "Together", "Ada")) as SpaceId;
    const { token, user } = await host.page.evaluate(() =>
      JSON.parse(localStorage.getItem("rostra.identity") ?? "{}"),
    );
    await new TestApi(rostra.url).goLive({ token, user }, id);
    const url = `${rostra.url}/s/${id}`;
    [bo, cy] = await Promise.all([listenTo(url), listenTo(url)]);
  });

  afterAll(async () => {
    await Promise.all([host, bo, cy].map((person) => person?.leave()));
    expect(await rostra?.stop()).toBe(0);
  });

  /**
   * Reacts until everybody has seen it. A busy edge lets go of reactions first: on a machine that runs
   * much else, one may be lost.
   */
  async function reactUntilSeen(react: () => Promise<void>, emoji: string, people: Person[]) {
    const seen = ({ page }: Person) =>
      page.locator(".bursts__counts").filter({ hasText: emoji }).waitFor({ timeout: 3_000 });
    await vi.waitFor(async () => {
      await react();
      await Promise.all(people.map(seen));
    }, WITHIN);
  }

  it("sees a reaction at the others and at the host, by press and by key", async () => {
    const button = ({ page }: Person, name: string) =>
      page.getByRole("button", { name: `React: ${name}` });
    const all = [host, bo, cy];
    await Promise.all(all.map((person) => button(person, "clapping").waitFor(WITHIN)));
    await reactUntilSeen(() => button(bo, "clapping").click(), "👏", all);
    await reactUntilSeen(() => cy.page.keyboard.press("1"), "❤️", all);
    await reactUntilSeen(() => button(host, "laughing").click(), "😂", all);
  });

  it("reads the host's notice, and hears it read out, until it is cleared", async () => {
    await host.page.getByRole("button", { name: "Notice", exact: true }).click();
    const dialog = host.page.getByRole("dialog", { name: "Notice to everybody" });
    await dialog.getByRole("textbox", { name: "Your words" }).fill("Back in five minutes");
    await dialog.getByRole("button", { name: "Tell everybody" }).click();
    for (const { page } of [bo, cy]) {
      const notice = page.getByRole("complementary", { name: "From the hosts" });
      await notice.getByText("Back in five minutes").waitFor(WITHIN);
      await page
        .getByRole("status")
        .filter({ hasText: "From the hosts: Back in five minutes" })
        .waitFor({ ...WITHIN, state: "attached" });
    }
    await host.page.getByRole("button", { name: "Notice", exact: true }).click();
    await dialog.getByRole("button", { name: "Clear" }).click();
    for (const { page } of [bo, cy]) {
      await page
        .getByRole("complementary", { name: "From the hosts" })
        .waitFor({ ...WITHIN, state: "detached" });
    }
  });

  it("knows by name who says yes to that, and nobody else", async () => {
    await bo.page.getByRole("button", { name: "People" }).click();
    await bo.page.getByRole("checkbox", { name: "Show my name in this space" }).check();
    await bo.page.getByRole("textbox", { name: "Your name" }).fill("Bo");
    await bo.page.getByRole("button", { name: "Show my name" }).click();
    await cy.page.getByRole("button", { name: "People" }).click();
    const people = cy.page.getByRole("dialog", { name: "People" });
    await people.getByText("Bo", { exact: true }).waitFor(WITHIN);
    await people.getByText("One listener shows a name.").waitFor(WITHIN);
    for (const { page } of [bo, cy]) await page.keyboard.press("Escape");
  });

  it("loses a name that the host hides, and has it again when the host shows it", async () => {
    const dialog = ({ page }: Person) => page.getByRole("dialog", { name: "People" });
    const bosName = dialog(cy).getByText("Bo", { exact: true });
    for (const { page } of [host, cy]) await page.getByRole("button", { name: "People" }).click();
    await bosName.waitFor(WITHIN);
    await dialog(host).getByRole("button", { name: "Hide the name Bo" }).click(WITHIN);
    await bosName.waitFor({ ...WITHIN, state: "detached" });
    await dialog(host).getByRole("button", { name: "Show the name Bo again" }).click(WITHIN);
    await bosName.waitFor(WITHIN);
    for (const { page } of [host, cy]) await page.keyboard.press("Escape");
  });

  it("is counted as heard, each of them", async () => {
    for (const { page } of [host, bo, cy]) {
      await page.getByText("Heard by 2 of 2 page listeners").first().waitFor(WITHIN);
    }
    expect([...host.problems, ...bo.problems, ...cy.problems]).toEqual([]);
  });
});
