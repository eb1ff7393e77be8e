/**
 * A cable that makes packets late: between two tap devices, each packet after so many milliseconds.
 *
 *     node apps/server/bench/fleet/delay-cable.ts TAP TAP MILLISECONDS
 *
 * Kernels without netem have nothing that delays. Node can't open a tap device: socat does, and hands
 * each packet on as a datagram of its own. Packets keep their order. Says `ready` once both devices
 * are there; ends with its input.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const HERE = "127.0.0.1";
/** As a router that is full: more are lost. */
const MAX_WAITING = 20_000;
/** A device is there within this, ms. */
const PATIENCE_MS = 5_000;

/** One end: a tap device, and the socat that stands between it and us. */
interface End {
  readonly socket: Socket;
  readonly socat: ChildProcess;
  /** Where packets for the device go. */
  readonly port: number;
}

async function bound(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, HERE);
  await once(socket, "listening");
  return socket;
}

async function openEnd(tap: string): Promise<End> {
  const socket = await bound();
  const spare = await bound();
  const { port } = spare.address();
  spare.close();
  await once(spare, "close");
  const device = `TUN,tun-type=tap,tun-name=${tap},iff-no-pi`;
  const way = `UDP4:${HERE}:${socket.address().port},bind=${HERE}:${port}`;
  const socat = spawn("socat", [device, way], { stdio: ["ignore", "ignore", "inherit"] });
  socat.once("error", (error) => fail(`socat can't be started: ${error.message}`));
  socat.once("exit", (code) => fail(`socat has ended (${code}): is there a /dev/net/tun?`));
  const lateMs = Date.now() + PATIENCE_MS;
  while (!(await isThere(tap))) {
    if (Date.now() > lateMs) fail(`the tap device ${tap} doesn't appear`);
    await sleep(10);
  }
  return { socket, socat, port };
}

function isThere(device: string): Promise<boolean> {
  return access(`/sys/class/net/${device}`).then(
    () => true,
    () => false,
  );
}

function fail(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

let waiting = 0;

function carry(from: End, to: End, delayMs: number): void {
  from.socket.on("message", (packet) => {
    if (waiting >= MAX_WAITING) return;
    waiting += 1;
    setTimeout(() => {
      waiting -= 1;
      to.socket.send(packet, to.port, HERE);
    }, delayMs);
  });
  // The device is down for the moment: the packet is lost.
  from.socket.on("error", () => {});
}

const [nearTap, farTap, milliseconds] = process.argv.slice(2);
if (nearTap === undefined || farTap === undefined || !(Number(milliseconds) > 0)) {
  fail("give two tap devices and milliseconds");
}
const [near, far] = [await openEnd(nearTap), await openEnd(farTap)];
carry(near, far, Number(milliseconds));
carry(far, near, Number(milliseconds));
process.stdout.write("ready\n");
process.stdin.resume();
process.stdin.once("end", () => {
  for (const { socat } of [near, far]) {
    socat.removeAllListeners("exit");
    socat.kill();
  }
  process.exit(0);
});
