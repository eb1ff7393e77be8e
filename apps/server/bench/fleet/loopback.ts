import { HOSTS, type Host, type TestNetwork } from "./network.ts";

/** Where namespaces aren't allowed: processes on 127.0.0.x, whose links can't be cut. */
export class LoopbackNetwork implements TestNetwork {
  readonly kind = "processes on 127.0.0.x: namespaces aren't allowed here, no link can be cut";
  readonly hasLinks = false;
  readonly ownAddress = "127.0.0.1";

  address(host: Host): string {
    return `127.0.0.${HOSTS.indexOf(host) + 11}`;
  }

  prefix(): readonly string[] {
    return [];
  }

  drop(): void {
    throw new Error("there are no links on loopback");
  }

  unplug(): void {
    this.drop();
  }

  async delay(): Promise<void> {
    this.drop();
  }

  heal(): void {}
}
