import { expect, it } from "vitest";
import { createSite } from "./site.ts";

it("says what to do where the web site isn't built", () => {
  expect(() => createSite("/nowhere/dist")).toThrow(
    expect.objectContaining({ code: "no-site", message: expect.stringContaining("npm run build") }),
  );
});
