import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  invitationLink,
  joinStage,
  openSpace,
  Person,
  RostraProcess,
  speak,
  TestApi,
  type TestGuest,
  type TestSpace,
  writeWav,
} from "@rostra/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const require = createRequire(import.meta.url);
const WITHIN = { timeout: 20_000 };
/** As long as names may be, in one word that no browser breaks by itself. */
const LONG_NAME = "Donaudampfschifffahrtsgesellschaftskapitaensmuetze";

const VIEWPORTS = [
  { width: 390, height: 844 },
  { width: 1_440, height: 900 },
] as const;
const SCHEMES = ["light", "dark"] as const;
const VARIANTS = VIEWPORTS.flatMap((viewport) => SCHEMES.map((scheme) => ({ viewport, scheme })));
/** Nothing but colours depends on the scheme: the rest is looked at in one of them. */
const ONLY_COLOURS = { runOnly: ["color-contrast", "link-in-text-block"] };

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

describe("the site, at both widths and in both themes", () => {
  let rostra: RostraProcess;
  let host: TestGuest;
  let space: TestSpace;
  let elsewhere: TestSpace;
  let api: TestApi;
  let axe: string;
  let folder: string;
  let microphoneWav: string;

  beforeAll(async () => {
    axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
    rostra = await RostraProcess.start();
    folder = await mkdtemp(join(tmpdir(), "rostra-axe-"));
    microphoneWav = join(folder, "voice.wav");
    await writeWav(microphoneWav, await speak("One two three, can everybody hear me?"));
    api = new TestApi(rostra.url);
    host = await api.guest("Ada");
    space = await api.openSpace(host, "A space to look at");
    elsewhere = await api.openSpace(host, "Another one");
    for (const { id } of [space, elsewhere]) await api.goLive(host, id);
  });

  afterAll(async () => {
    await rostra?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Each state that a flow comes by is looked at in all variants, on the same page. */
  async function expectNoViolations({ page }: Person): Promise<void> {
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
    for (const { viewport, scheme } of VARIANTS) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme: scheme });
      const words = await violations(page, scheme === "dark" ? ONLY_COLOURS : {});
      expect(words, `${viewport.width} px, ${scheme}`).toEqual([]);
      const overflows = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      expect(overflows, `${viewport.width} px: scrolls sideways`).toBe(false);
    }
  }

  async function violations(page: Person["page"], options: object): Promise<string[]> {
    const found = await page.evaluate(async (how) => {
      const { axe } = window as unknown as {
        axe: { run(how: object): Promise<{ violations: AxeViolation[] }> };
      };
      return (await axe.run(how)).violations;
    }, options);
    return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }

  it("has no axe violation", async () => {
    const person = await Person.arrive();
    const { page } = person;
    try {
      await page.goto(rostra.url);
      await page.getByText("A space to look at").waitFor();
      await expectNoViolations(person);

      await page.goto(`${rostra.url}/s/${space.id}`);
      await page.getByRole("button", { name: "Play" }).waitFor();
      await expectNoViolations(person);
      await page.getByRole("button", { name: "Play" }).click();
      await page.locator(".player__status", { hasText: "Playing" }).waitFor();
      await api.call("POST", `/spaces/${space.id}/raid`, host.token, { to: elsewhere.id });
      await page.getByRole("button", { name: "Stay", exact: true }).waitFor();
      await expectNoViolations(person);
      await api.call("DELETE", `/spaces/${space.id}/raid`, host.token);
      await page.getByLabel("More about the sound").click();
      await page.getByRole("switch", { name: "Use less data" }).waitFor();
      await expectNoViolations(person);
      await page.getByLabel("More about the sound").click();
      await page.getByRole("button", { name: "More reactions" }).click();
      await page.getByRole("button", { name: "React: thanks" }).waitFor();
      await expectNoViolations(person);
      await page.getByRole("button", { name: "More reactions" }).click();
      await expectDialog(person, "People", "People", async () => {
        await page.getByRole("checkbox", { name: "Show my name in this space" }).check();
        await page.getByRole("textbox", { name: "Your name" }).waitFor();
      });
      await page.getByRole("button", { name: "Pause" }).click();
      // Two seconds behind, the way back to live appears.
      await page.getByRole("button", { name: "Jump to live" }).waitFor();
      await page.getByRole("button", { name: "Resume" }).waitFor();
      await expectNoViolations(person);

      await openSpace(page, rostra.url, "Mine", "Bo");
      await page.getByRole("button", { name: "Join the stage" }).waitFor();
      await expectNoViolations(person);
      const link = await invitationLink(page);
      await expectNoViolations(person);

      await page.goto(`${rostra.url}/s/0123456789abcdef`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await expectNoViolations(person);

      const guest = await Person.arrive();
      await guest.page.goto(link);
      await guest.page.getByRole("textbox", { name: "Your name" }).waitFor();
      await expectNoViolations(guest);
      await guest.leave();
    } finally {
      await person.leave();
    }
  });

  it("has none on stage either", async () => {
    const host = await Person.arrive({ microphoneWav });
    const { page } = host;
    try {
      const id = await openSpace(page, rostra.url, "Mine", "Ada");
      await expectDialog(
        host,
        "Test microphone and sound first",
        "Microphone and sound",
        async () => {
          await page.getByText("Speak through another program").click();
          const server = page.getByRole("textbox", { name: "Server" });
          expect(await server.inputValue()).toBe(`${rostra.url}/api/v1/spaces/${id}/whip`);
          await page
            .getByRole("button", { name: "Copy the bearer token", disabled: false })
            .waitFor();
        },
      );
      await joinStage(page);
      await expectNoViolations(host);

      // Two hands, and somebody on stage beside the host.
      const { token } = await page.evaluate(() =>
        JSON.parse(localStorage.getItem("rostra.identity") ?? "{}"),
      );
      const [bo, cy, dee] = await Promise.all(["Bo", "Cy", "Dee"].map((name) => api.guest(name)));
      const ada = { token, user: bo!.user };
      await api.bringOnStage(ada, id, bo!);
      await api.bringOnStage(ada, id, await api.guest(LONG_NAME));
      for (const guest of [cy!, dee!]) await api.call("PUT", `/spaces/${id}/hand`, guest.token);
      await page.getByRole("button", { name: "Invite Dee on stage" }).waitFor();
      await expectNoViolations(host);

      await expectDialog(host, "More about Bo", "Bo");
      await expectDialog(host, "Settings", "Settings of the space");
      await expectDialog(host, "Notice", "Notice to everybody");
      const notice = { text: "Back in five minutes" };
      await api.call("POST", `/spaces/${id}/notices`, token, notice);
      await page.getByRole("complementary", { name: "From the hosts" }).waitFor();
      await expectNoViolations(host);
      await page.getByRole("button", { name: "Put the notice away" }).click();
      await page.locator("body").press("?");
      await page.getByRole("dialog", { name: "Keys" }).waitFor();
      await expectNoViolations(host);
      await page.keyboard.press("Escape");

      await page.getByRole("button", { name: "Mute Bo" }).click();
      await page.getByText("Muted Bo").waitFor();
      await expectNoViolations(host);
      await page.getByRole("button", { name: "Go live" }).click();
      await page.getByText("On air", { exact: true }).waitFor();
      await expectNoViolations(host);
      await expectDialog(host, "Raid", "Take the audience along");
      await api.call("POST", `/spaces/${id}/raid`, token, { to: elsewhere.id });
      await page.getByRole("button", { name: "Call it off" }).waitFor();
      await expectNoViolations(host);
      await page.getByRole("button", { name: "Call it off" }).click();
      await page.getByRole("button", { name: "Call it off" }).waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Backstage", exact: true }).click();
      await page.getByRole("button", { name: "Come back" }).waitFor();
      await expectNoViolations(host);
      expect(host.problems).toEqual([]);
    } finally {
      await host.leave();
    }
  });

  it("keeps the place of who uses keys alone, when buttons go with what they did", async () => {
    const host = await Person.arrive({ microphoneWav });
    const { page } = host;
    const press = async (name: string) => {
      await page.getByRole("button", { name, exact: true }).focus();
      await page.keyboard.press("Enter");
    };
    try {
      const id = await openSpace(page, rostra.url, "By keys", "Ada");
      await press("Join the stage");
      await expect.poll(() => focused(host), WITHIN).toBe("BUTTON Mute");
      const { token } = await page.evaluate(() =>
        JSON.parse(localStorage.getItem("rostra.identity") ?? "{}"),
      );
      const bo = await api.guest("Bo");
      await api.bringOnStage({ token, user: bo.user }, id, bo);
      await press("More about Bo");
      await expect.poll(() => focused(host), WITHIN).toBe("H2 Bo");
      await press("Take off the stage");
      await expect.poll(() => focused(host), WITHIN).toBe("H2 On stage");
      await press("Invite Bo again");
      await expect.poll(() => focused(host), WITHIN).toBe("H2 On stage");
      await press("Go live");
      await expect.poll(() => focused(host), WITHIN).toBe("H1 By keys");
      expect(host.problems).toEqual([]);
    } finally {
      await host.leave();
    }
  });

  it("has none for who raises a hand", async () => {
    const person = await Person.arrive();
    const { page } = person;
    try {
      const ada = await api.guest("Ada");
      const { id } = await api.openSpace(ada, "Hands up");
      await page.goto(`${rostra.url}/s/${id}`);
      await page.getByRole("button", { name: "Raise a hand" }).click();
      await page.getByRole("textbox", { name: "Your name" }).fill("Cy");
      await expectNoViolations(person);
      await page.getByRole("button", { name: "Raise your hand" }).click();
      await page.getByRole("button", { name: "Lower your hand" }).waitFor();
      await expectNoViolations(person);

      const { hands } = await api.call<{ hands: { id: string }[] }>(
        "GET",
        `/spaces/${id}/hands`,
        ada.token,
      );
      const asked = { role: "speaker", userId: hands[0]!.id };
      await api.call("POST", `/spaces/${id}/invitations`, ada.token, asked);
      await page.getByRole("alertdialog").waitFor();
      await expectNoViolations(person);
      await page.getByRole("button", { name: "Decline" }).click();
      await page.getByRole("button", { name: "Raise a hand" }).waitFor();

      await expectDialog(person, /^Ada/, "Ada", async () => {
        await page.getByRole("button", { name: "Block Ada for yourself" }).click();
        await page.getByRole("button", { name: "Unblock Ada" }).waitFor();
      });
      await page.getByText("You blocked this account").first().waitFor();
      await expectNoViolations(person);
      await expectDialog(person, /People you blocked/, "People you blocked");
    } finally {
      await person.leave();
    }
  });

  /** What has the focus: its kind, and what it says. */
  function focused({ page }: Person): Promise<string> {
    return page.evaluate(() => {
      const { tagName = "", textContent = "" } = document.activeElement ?? {};
      return `${tagName} ${textContent?.trim()}`;
    });
  }

  /** Opens a dialog by its button, looks at it, and closes it by Escape. */
  async function expectDialog(
    person: Person,
    button: string | RegExp,
    title: string,
    act: () => Promise<void> = async () => {},
  ): Promise<void> {
    await person.page.getByRole("button", { name: button }).click();
    await person.page.getByRole("dialog", { name: title }).waitFor();
    await act();
    await expectNoViolations(person);
    await person.page.keyboard.press("Escape");
    await person.page.getByRole("dialog", { name: title }).waitFor({ state: "detached" });
    // Where there is such a button still, the focus is on it again.
    await expect.poll(() => focused(person), WITHIN).toMatch(/^BUTTON /);
  }
});
