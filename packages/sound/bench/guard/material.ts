import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeNotes } from "./patches.ts";

/** Where the packages are unpacked; outside of what is kept under version control. */
const CACHE = fileURLToPath(
  new URL("../../../../node_modules/.cache/rostra-sounds", import.meta.url),
);

export const MATERIAL_KINDS = [
  "speech",
  "shouts",
  "laughter",
  "applause",
  "music",
  "notes",
] as const;
export type MaterialKind = (typeof MATERIAL_KINDS)[number];

interface Source {
  readonly debian: string;
  readonly kind: MaterialKind;
  /** Which of its files. */
  readonly files: RegExp;
  /** Makes sound files of those that ffmpeg doesn't know. */
  readonly prepare?: (folder: string) => void;
}

/**
 * Debian's packages of recorded sound, all under free licences: five people who speak as many languages,
 * players who shout and laugh, an audience, music, and single notes that instruments and singers hold.
 */
const SOURCES: readonly Source[] = [
  ...["en", "es", "fr", "it", "ru"].map(
    (language): Source => ({
      debian: `asterisk-core-sounds-${language}-g722`,
      kind: "speech",
      // Beeps and machine noises aren't voices: a long beep is all that a howl is.
      files: /(?<!beep|beeperr|monkeys|tt-.*|silence\/.*)\.g722$/,
    }),
  ),
  { debian: "asterisk-core-sounds-en-g722", kind: "laughter", files: /tt-monkeys\.g722$/ },
  { debian: "asterisk-moh-opsound-g722", kind: "music", files: /\.g722$/ },
  { debian: "hyperrogue-music", kind: "music", files: /music\/hr(3|-domina).*\.ogg$/ },
  { debian: "monsterz-data", kind: "laughter", files: /laugh\.wav$/ },
  { debian: "trackballs-data", kind: "laughter", files: /laugh\.wav$/ },
  { debian: "hedgewars-data", kind: "laughter", files: /voices\/.*\/Laugh\.ogg$/ },
  { debian: "hedgewars-data", kind: "shouts", files: /voices\/.*\/(?!Laugh)\w+\.ogg$/ },
  { debian: "hedgewars-data", kind: "music", files: /Music\/(?!.*_sd).*\.ogg$/ },
  { debian: "lmms-common", kind: "applause", files: /misc\/(applause|raving_crowd)\d+\.ogg$/ },
  { debian: "libreoffice-common", kind: "applause", files: /sounds\/applause\.wav$/ },
  {
    debian: "lmms-common",
    kind: "notes",
    files: /(instruments|stringsnpads)\/(?!e_|harpsi|.*(juno|nord|korg|orion|space)).*\.ogg$/,
  },
  {
    debian: "sonic-pi-samples",
    kind: "notes",
    files: /(ambi_(choir|glass_hum|piano)|guit_.*)\.flac$/,
  },
  {
    debian: "freepats",
    kind: "notes",
    files:
      /Tone_000\/\d+_(?!Synth|Square|Electric|.*_Pad|New_Age|Crystal|Goblins|Echo|Helicopter|Seashore).*\.wav$/,
    prepare: writeNotes,
  },
];

export interface Clip {
  readonly name: string;
  readonly path: string;
  /** The package: one voice each, where it is speech. */
  readonly from: string;
  readonly kind: MaterialKind;
}

/** Packages that could not be had: their sounds are left out. */
export const missing = new Set<string>();

/**
 * All clips, in a stable order; downloads what isn't there (400 MB, once), and says what can't be had. Needs
 * Debian's apt and ffmpeg.
 */
export function clips(kinds: readonly MaterialKind[] = MATERIAL_KINDS): Clip[] {
  return SOURCES.filter(({ kind }) => kinds.includes(kind)).flatMap((source) => {
    const { debian: from, kind, files } = source;
    const folder = unpacked(source);
    if (folder === undefined) return [];
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => files.test(path))
      .sort()
      .map((path) => ({ name: path.split("/").at(-1)!, path: join(folder, path), from, kind }));
  });
}

/** @returns the folder of a package's files; undefined: it could not be downloaded */
function unpacked({ debian, prepare }: Source): string | undefined {
  const folder = join(CACHE, debian);
  if (existsSync(folder)) return folder;
  if (missing.has(debian)) return undefined;
  const making = `${folder}.part`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  process.stderr.write(`Downloading ${debian} from Debian ...\n`);
  const archive = download(debian, making);
  if (archive === undefined) {
    missing.add(debian);
    process.stderr.write(`${debian} can't be downloaded: its sounds are left out\n`);
    return undefined;
  }
  execFileSync("dpkg-deb", ["-x", archive, "."], { cwd: making });
  rmSync(join(making, archive));
  prepare?.(making);
  renameSync(making, folder);
  return folder;
}

/** No installation: the files are all that is needed, and no root with it. @returns the package's file */
function download(debian: string, folder: string): string | undefined {
  const isDone = () =>
    run("apt-get", ["download", "-q", debian], folder) ||
    // An old list may name a version that is gone.
    (run("apt-get", ["update", "-q"], folder) &&
      run("apt-get", ["download", "-q", debian], folder));
  return isDone() ? readdirSync(folder).find((name) => name.endsWith(".deb")) : undefined;
}

function run(command: string, args: readonly string[], cwd: string): boolean {
  return spawnSync(command, args, { cwd, stdio: "ignore" }).status === 0;
}

/** Clips that one ffmpeg decodes: starting it costs more than most clips do. */
const BATCH = 40;

/** 48 kHz mono each, in order, the loud parts at about -20 dBFS as a levelled voice is. */
export function* loadAll(chosen: readonly Clip[]): Generator<Float32Array<ArrayBuffer>> {
  const folder = mkdtempSync(join(tmpdir(), "rostra-sounds-"));
  try {
    for (let first = 0; first < chosen.length; first += BATCH) {
      const batch = chosen.slice(first, first + BATCH);
      const outputs = decode(batch, folder);
      for (const path of outputs) {
        const bytes = readFileSync(path);
        yield levelled(new Float32Array(new Uint8Array(bytes).buffer), 0.1);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns where the sound of each now is */
function decode(batch: readonly Clip[], folder: string): string[] {
  const inputs = batch.flatMap(({ path }) => [
    ...(path.endsWith(".g722") ? ["-f", "g722"] : []),
    "-i",
    path,
  ]);
  const paths = batch.map((_, index) => join(folder, `${index}.f32`));
  const outputs = paths.flatMap((path, index) => [
    ...["-map", `${index}:a:0`, "-ar", "48000", "-ac", "1", "-f", "f32le", path],
  ]);
  execFileSync("ffmpeg", ["-v", "fatal", "-nostdin", "-y", ...inputs, ...outputs]);
  return paths;
}

/** Scales sound so that the frames that sound at all have this root mean square. */
function levelled(pcm: Float32Array<ArrayBuffer>, rms: number): Float32Array<ArrayBuffer> {
  let [energy, count] = [0, 0];
  for (const sample of pcm) {
    if (Math.abs(sample) < 1e-3) continue;
    energy += sample * sample;
    count += 1;
  }
  const gain = count === 0 ? 1 : rms / Math.sqrt(energy / count);
  return pcm.map((sample) => Math.max(-1, Math.min(1, sample * gain)));
}
