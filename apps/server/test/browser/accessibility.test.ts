import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import {
  invitationLink,
  openSpace,
  Person,
  RostraProcess,
  TestApi,
  type TestSpace,
} from "@rostra/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const require = createRequire(import.meta.url);

const VIEWPORTS = [
  { width: 390, height: 844 },
  { width: 1_440, height: 900 },
] as const;
const SCHEMES = ["light", "dark"] as const;
const VARIANTS = VIEWPORTS.flatMap((viewport) => SCHEMES.map((scheme) => ({ viewport, scheme })));

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

describe("the site, at both widths and in both themes", () => {
  let rostra: RostraProcess;
  let space: TestSpace;
  let axe: string;

  beforeAll(async () => {
    axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
    rostra = await RostraProcess.start();
    const api = new TestApi(rostra.url);
    const host = await api.guest("Ada");
    space = await api.openSpace(host, "A space to look at");
    await api.goLive(host, space.id);
  });

  afterAll(async () => {
    await rostra.stop();
  });

  async function expectNoViolations(person: Person): Promise<void> {
    await person.page.evaluate(axe);
    const violations = await person.page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: { run(): Promise<{ violations: AxeViolation[] }> };
      };
      return (await axe.run()).violations;
    });
    const words = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    expect(words).toEqual([]);
    const overflows = await person.page.evaluate(
      () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
    );
    expect(overflows, "scrolls sideways").toBe(false);
  }

  it.each(VARIANTS)("has no axe violation ($viewport.width px, $scheme)", async (variant) => {
    const person = await Person.arrive({
      viewport: variant.viewport,
      colorScheme: variant.scheme,
    });
    const { page } = person;
    try {
      await page.goto(rostra.url);
      await page.getByText("A space to look at").waitFor();
      await expectNoViolations(person);

      await page.goto(`${rostra.url}/s/${space.id}`);
      await page.getByRole("button", { name: "Play" }).waitFor();
      await expectNoViolations(person);
      await page.getByRole("button", { name: "Play" }).click();
      await page.getByRole("button", { name: "Pause" }).waitFor();
      await expectNoViolations(person);

      await openSpace(page, rostra.url, "Mine", "Bo");
      await page.getByRole("button", { name: "Join the stage" }).waitFor();
      await expectNoViolations(person);
      const link = await invitationLink(page);
      await expectNoViolations(person);

      await page.goto(`${rostra.url}/s/0123456789abcdef`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await expectNoViolations(person);

      const guest = await Person.arrive({
        viewport: variant.viewport,
        colorScheme: variant.scheme,
      });
      await guest.page.goto(link);
      await guest.page.getByRole("textbox", { name: "Your name" }).waitFor();
      await expectNoViolations(guest);
      await guest.leave();
    } finally {
      await person.leave();
    }
  });
});
