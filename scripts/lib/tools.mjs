import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { mustRun, ScriptError, say } from "./run.mjs";

/**
 * Programs that the tests talk to: real browsers, players and encoders.
 * @typedef {{ command: string, debian: readonly string[], homebrew: string, file?: string }} Tool
 * @type {readonly Tool[]}
 */
const TOOLS = [
  { command: "chromium", debian: ["chromium"], homebrew: "--cask chromium" },
  { command: "ffmpeg", debian: ["ffmpeg"], homebrew: "ffmpeg" },
  { command: "mpv", debian: ["mpv"], homebrew: "mpv" },
  { command: "espeak-ng", debian: ["espeak-ng"], homebrew: "espeak-ng" },
  { command: "nginx", debian: ["nginx-light"], homebrew: "nginx" },
  { command: "openssl", debian: ["openssl"], homebrew: "openssl" },
  {
    command: "whip-client",
    // Its pipeline is made of GStreamer's elements, which its package only suggests.
    debian: [
      "simple-whip-client",
      "gstreamer1.0-plugins-base",
      "gstreamer1.0-plugins-good",
      "gstreamer1.0-plugins-bad",
      "gstreamer1.0-nice",
    ],
    homebrew: "",
  },
  { command: "nats-server", debian: ["nats-server"], homebrew: "nats-server" },
  {
    // Its programs are in a folder of their version, off the PATH.
    command: "postgres",
    file: "/usr/lib/postgresql",
    debian: ["postgresql"],
    homebrew: "postgresql",
  },
  { command: "pebble", debian: ["pebble"], homebrew: "pebble" },
  { command: "promtool", debian: ["prometheus"], homebrew: "prometheus" },
  { command: "turnserver", debian: ["coturn"], homebrew: "coturn" },
  // Its library gives a test's processes another clock.
  { command: "faketime", debian: ["faketime"], homebrew: "" },
  {
    // No program: recorded human voices.
    command: "asterisk-core-sounds-en-wav",
    file: "/usr/share/asterisk/sounds/en_US_f_Allison/demo-instruct.wav",
    debian: ["asterisk-core-sounds-en-wav"],
    homebrew: "",
  },
];

/** Installs what the tests need where that can be done here, else says exactly what to install. */
export async function ensureTools() {
  const missing = TOOLS.filter(({ command, file }) =>
    file === undefined ? !onPath(command) : !existsSync(file),
  );
  if (missing.length === 0) return;
  const names = missing.map((tool) => tool.command).join(", ");
  const packages = missing.flatMap((tool) => tool.debian);
  if (isDebian() && process.getuid?.() === 0) {
    say(`Installing ${names} from Debian's packages ...`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await mustRun("apt-get update", "apt-get", ["update", "-q"], { env });
    const install = ["install", "-y", "-q", "--no-install-recommends", ...packages];
    await mustRun("apt-get install", "apt-get", install, { env });
    return;
  }
  throw new ScriptError(`The tests need ${names}. ${advice(missing, packages)}`);
}

/**
 * @param {readonly Tool[]} missing
 * @param {readonly string[]} packages
 */
function advice(missing, packages) {
  if (process.platform === "darwin") {
    const formulas = missing.filter((tool) => tool.homebrew !== "");
    const rest = missing.filter((tool) => tool.homebrew === "").map((tool) => tool.command);
    const brew = formulas.map((tool) => `brew install ${tool.homebrew}`).join(" && ");
    return [
      brew === "" ? "" : `Run: ${brew}.`,
      rest.length > 0
        ? `Not to be had here: ${rest.join(", ")}; use Debian 12 or a container.`
        : "",
    ].join(" ");
  }
  if (existsSync("/usr/bin/apt-get")) {
    return `Run: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  }
  return `Install them with your system's package manager (Debian calls them: ${packages.join(" ")}).`;
}

function isDebian() {
  try {
    return /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
}

/** @param {string} command */
function onPath(command) {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
