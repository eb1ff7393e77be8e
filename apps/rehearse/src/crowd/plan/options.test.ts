import { describe, expect, it } from "vitest";
import { parseOptions } from "./options.ts";

const ID = "0123456789abcdef";
const LINK = `http://localhost:7070/s/${ID}`;

function refused(...args: string[]): string {
  try {
    parseOptions(args);
  } catch (error) {
    expect(error).toMatchObject({ code: "bad-option" });
    return (error as Error).message;
  }
  throw new TypeError("nothing was refused");
}

describe("the options of a crowd", () => {
  it("need only a link", () => {
    expect(parseOptions([LINK])).toMatchObject({
      listeners: 100,
      mix: { ws: 1, ogg: 0, hls: 0 },
      ramp: { kind: "steady", seconds: 10 },
      minutes: 1,
      thin: 0,
      slow: 0,
      decode: 10,
      insecure: false,
    });
  });

  it("take every address that a space has", () => {
    for (const link of [
      LINK,
      `ws://localhost:7070/live/${ID}`,
      `http://localhost:7070/live/${ID}.ogg`,
      `http://localhost:7070/live/${ID}/index.m3u8?x=1`,
    ]) {
      expect(parseOptions([link])).toMatchObject({
        target: {
          baseUrl: "http://localhost:7070",
          host: "localhost",
          port: 7070,
          secure: false,
          livePath: `/live/${ID}`,
        },
      });
    }
    expect(parseOptions([`https://[::1]/radio/s/${ID}`])).toMatchObject({
      target: {
        baseUrl: "https://[::1]/radio",
        host: "::1",
        port: 443,
        secure: true,
        authority: "[::1]",
        livePath: `/radio/live/${ID}`,
      },
    });
  });

  it("turn weights into shares", () => {
    expect(parseOptions([LINK, "--protocol", "ws:80,ogg:15,hls:5"])).toMatchObject({
      mix: { ws: 0.8, ogg: 0.15, hls: 0.05 },
    });
    expect(parseOptions([LINK, "--protocol", "ws,ogg"])).toMatchObject({
      mix: { ws: 0.5, ogg: 0.5, hls: 0 },
    });
  });

  it("are all taken", () => {
    const args = `${LINK} --listeners 18000 --ramp storm --minutes 0.5 --thin 0.1 --slow .05
      --decode 3 --json a.json --html a.html --processes 2 --addresses 4 --insecure --regroup`;
    expect(parseOptions(args.split(/\s+/))).toMatchObject({
      listeners: 18_000,
      ramp: { kind: "storm" },
      minutes: 0.5,
      thin: 0.1,
      slow: 0.05,
      decode: 3,
      jsonFile: "a.json",
      htmlFile: "a.html",
      processes: 2,
      addresses: 4,
      insecure: true,
      regroup: true,
    });
  });

  it("never decode more listeners than there are", () => {
    expect(parseOptions([LINK, "--listeners", "4"])).toMatchObject({ decode: 4 });
  });

  it("show help whatever else there is", () => {
    expect(parseOptions(["--help"])).toBe("help");
  });

  it.each([
    [[], /link is missing/],
    [["nonsense"], /'nonsense' is no link/],
    [["ftp://localhost/s/0123456789abcdef"], /is no link/],
    [["http://localhost:7070/"], /names no space/],
    [["http://localhost:7070/s/short"], /names no space/],
    [[LINK, LINK], /one link is enough/],
    [[LINK, "--listeners", "0"], /--listeners must be a whole number from 1 to 1000000, not '0'/],
    [[LINK, "--listeners", "1e3"], /--listeners must be/],
    [[LINK, "--listeners", "2000000"], /--listeners must be/],
    [[LINK, "--protocol", "mp3"], /--protocol must be ws, ogg or hls/],
    [[LINK, "--protocol", "ws:0"], /weight above 0/],
    [[LINK, "--ramp", "steady"], /--ramp must be steady:SECONDS or storm/],
    [[LINK, "--minutes", "0"], /--minutes must be a number above 0/],
    [[LINK, "--minutes", "-1"], /minutes/],
    [[LINK, "--thin", "2"], /--thin must be a share/],
    [[LINK, "--thin", "0.6", "--slow", "0.6"], /together/],
    [[LINK, "--decode", "-3"], /decode/],
    [[LINK, "--processes", "0"], /--processes must be/],
    [[LINK, "--via", "http://10.0.0.2:7070/s/fedcba9876543210"], /--via must be of the same space/],
    [[LINK, "--addresses", "251"], /--addresses must be/],
    [[LINK, "--liseners", "3"], /--liseners/],
  ])("refuse %j in one line", (args, why) => {
    const line = refused(...(args as string[]));
    expect(line).toMatch(why);
    expect(line).not.toContain("\n");
  });
});
