import type { Page } from "playwright-core";
import { Person, type PersonOptions } from "./person.ts";

/** What people do on the site, by the words that they see. */

/** Opens a space from the home page; ends on the space's own page. @returns its id */
export async function openSpace(page: Page, url: string, title: string, name: string) {
  await page.goto(url);
  await page.getByRole("textbox", { name: "Title" }).fill(title);
  await page.getByRole("textbox", { name: "Your name" }).fill(name);
  await page.getByRole("button", { name: "Open a space" }).click();
  await page.waitForURL(/\/s\/[0-9a-z]{16}/);
  return new URL(page.url()).pathname.split("/")[2]!;
}

/** Joins with the microphone and waits until the line stands. */
export async function joinStage(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Join the stage" }).click();
  await page.getByRole("button", { name: /^(Mute|Unmute)$/ }).waitFor();
}

/** @returns a link that brings whoever opens it on stage */
export async function invitationLink(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const field = page.getByRole("textbox", { name: "Invitation link" });
  await field.waitFor();
  await page.waitForFunction(
    () => document.querySelector<HTMLInputElement>("dialog input.input")?.value !== "",
  );
  const link = await field.inputValue();
  await page.keyboard.press("Escape");
  return link;
}

/** Accepts an invitation under a name, and joins with the microphone. */
export async function acceptInvitation(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await page.getByRole("textbox", { name: "Your name" }).fill(name);
  await page.getByRole("button", { name: "Join the stage" }).click();
  await page.getByRole("button", { name: /^(Mute|Unmute)$/ }).waitFor();
}

/** Somebody who opens a space's page and presses play. */
export async function listenTo(url: string, options: PersonOptions = {}): Promise<Person> {
  const person = await Person.arrive(options);
  await person.page.goto(url);
  await person.page.getByRole("button", { name: "Play" }).click();
  return person;
}
