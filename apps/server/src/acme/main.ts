import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { type AcmeConfig, acmeFiles } from "./acme-config.ts";
import { lockOrder } from "./lock.ts";
import { makePlaceholder, orderCertificate } from "./order.ts";

/** What the process that orders says to the one that started it. */
export type AcmeMessage =
  /** There is something to serve with, be it signed by itself. */
  | { readonly kind: "servable" }
  | { readonly kind: "done" }
  /** Another process of this machine is at it. */
  | { readonly kind: "busy" }
  | { readonly kind: "failed"; readonly line: string };

// A process of its own, for as long as an order takes: what an order needs is large, and loading it
// would hold up the sound of whoever did.
const config = JSON.parse(process.argv[2] ?? "") as AcmeConfig;
const say = (message: AcmeMessage) =>
  new Promise<void>((resolve) => process.send?.(message, undefined, {}, () => resolve()));

async function run(): Promise<AcmeMessage> {
  const { certificate, lock } = acmeFiles(config);
  try {
    await mkdir(config.folder, { recursive: true, mode: 0o700 });
    if (!existsSync(certificate)) await makePlaceholder(config);
    await say({ kind: "servable" });
    const unlock = await lockOrder(lock);
    if (unlock === undefined) return { kind: "busy" };
    try {
      await orderCertificate(config);
      return { kind: "done" };
    } finally {
      await unlock();
    }
  } catch (error) {
    return { kind: "failed", line: (error as Error).message.split("\n")[0]! };
  }
}

// Whoever started it may have gone.
process.on("disconnect", () => process.exit(1));
await say(await run());
process.exit(0);
