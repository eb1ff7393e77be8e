import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { giveEars } from "./ears.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];
/** The browser logs each failed request by itself, also those that the page takes in its stride. */
const NETWORK_LOG = /^(WebSocket connection to|Failed to load resource)/;
const CHROMIUM = process.env["ROSTRA_TEST_CHROMIUM"] ?? "/usr/bin/chromium";

export interface PersonOptions {
  /** A WAV that the microphone hears, over and over. None: no microphone. */
  readonly microphoneWav?: string;
  /** Whether the test wants to hear what they hear: see `heardBy`. */
  readonly ears?: boolean | "stereo";
  /** Further switches for the browser. */
  readonly flags?: readonly string[];
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: "light" | "dark";
}

/** One browser for all who bring nothing of their own: a context each keeps them apart. */
const common: { browser: Promise<Browser> | undefined; users: number } = {
  browser: undefined,
  users: 0,
};

/**
 * Somebody with a browser. Two fake microphones need two Chromium processes; who has no microphone
 * shares one with others, since each process costs a second to start and 100 MB.
 */
export class Person {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly #closeBrowser: () => Promise<void>;
  readonly #problems: string[] = [];

  private constructor(context: BrowserContext, page: Page, closeBrowser: () => Promise<void>) {
    this.#closeBrowser = closeBrowser;
    this.context = context;
    this.page = page;
    page.on("pageerror", (error) => this.#problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !NETWORK_LOG.test(message.text())) {
        this.#problems.push(message.text());
      }
    });
  }

  static async arrive(options: PersonOptions = {}): Promise<Person> {
    const microphone =
      options.microphoneWav === undefined
        ? []
        : [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            `--use-file-for-fake-audio-capture=${options.microphoneWav}`,
          ];
    const hasEars = options.ears !== undefined && options.ears !== false;
    const switches = [...microphone, ...(options.flags ?? [])];
    const { browser, close } = await (switches.length === 0 ? useCommon() : launchOwn(switches));
    const context = await browser.newContext({
      viewport: options.viewport ?? { width: 1_280, height: 800 },
      colorScheme: options.colorScheme ?? "light",
      // Without a GPU each frame of an animation is drawn by the cores that the sound needs.
      reducedMotion: "reduce",
      // The ears are a worklet that no site would allow.
      bypassCSP: hasEars,
    });
    const page = await context.newPage();
    if (hasEars) await giveEars(page, options.ears === "stereo" ? 2 : 1);
    return new Person(context, page, close);
  }

  /** Errors that the page threw or logged so far. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  async leave(): Promise<void> {
    await this.context.close();
    await this.#closeBrowser();
  }
}

interface BrowserUse {
  readonly browser: Browser;
  readonly close: () => Promise<void>;
}

function launch(switches: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [...FLAGS, ...switches],
  });
}

async function launchOwn(switches: readonly string[]): Promise<BrowserUse> {
  const browser = await launch(switches);
  return { browser, close: () => browser.close() };
}

/** The last who leaves closes it. */
async function useCommon(): Promise<BrowserUse> {
  common.users += 1;
  common.browser ??= launch([]);
  const browser = await common.browser;
  const close = async (): Promise<void> => {
    common.users -= 1;
    if (common.users > 0) return;
    common.browser = undefined;
    await browser.close();
  };
  return { browser, close };
}
