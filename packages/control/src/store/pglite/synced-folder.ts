import { fsyncSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";

type ModuleOptions = Parameters<NodeFS["init"]>[1];

/** What Emscripten's file system on Node's looks like from here. */
interface NodeFileSystem {
  readonly stream_ops: { fsync?: (stream: { readonly nfd?: number }) => number };
}

/**
 * A folder in which a commit has reached the disk. PGlite's own file system leaves that to the
 * operating system (it has no fsync, and PGlite starts PostgreSQL with `-F`): that outlives
 * kill -9, but not a power cut. To be used with {@link durableStartParams}.
 */
export class SyncedFolder extends NodeFS {
  override async init(pglite: PGlite, options: ModuleOptions) {
    const result = await super.init(pglite, options);
    result.emscriptenOpts.preRun?.push((module) => {
      const { NODEFS } = module as unknown as { NODEFS: NodeFileSystem };
      NODEFS.stream_ops.fsync = (stream) => {
        // Directories have no descriptor here; PostgreSQL asks for theirs, too.
        if (stream.nfd !== undefined) fsyncSync(stream.nfd);
        return 0;
      };
    });
    return result;
  }
}

/**
 * PGlite's parameters for PostgreSQL, with fsync on, through the one call that reaches
 * {@link SyncedFolder} (fdatasync does nothing in PGlite). 8 MiB of page cache instead of 128:
 * control's tables are small and the operating system caches the files anyway.
 */
export function durableStartParams(defaults: readonly string[]): string[] {
  return [
    ...defaults.filter((parameter) => parameter !== "-F"),
    "-c",
    "wal_sync_method=fsync",
    "-c",
    "shared_buffers=8MB",
  ];
}

/** Brings all files under `directory` to the disk. */
export async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await syncFile(join(entry.parentPath, entry.name));
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
