/**
 * Programs for the kernel's classic packet filter, in tc's notation: which packets of a cable are
 * dropped. Where there is neither netem nor netfilter, `tc filter ... bpf` is what can lose packets,
 * TCP's too. S. McCanne and V. Jacobson, "The BSD Packet Filter", USENIX Winter 1993; the ancillary
 * loads are in Linux's Documentation/networking/filter.rst.
 */

// Opcodes: load half a word, load a word, jump if equal, jump if greater or equal, return.
const LDH = 0x28;
const LD = 0x20;
const JEQ = 0x15;
const JGE = 0x35;
const RET = 0x06;
/** Offsets in an Ethernet frame: type, IPv4 source and destination. */
const ETHERTYPE_AT = 12;
const SOURCE_AT = 26;
const DESTINATION_AT = 30;
const IPV4 = 0x0800;
/** A random word: SKF_AD_OFF + SKF_AD_RANDOM. */
const RANDOM_AT = 2 ** 32 - 0x1000 + 56;
/** TC_ACT_SHOT, and TC_ACT_UNSPEC: whoever is asked next decides. */
const DROP = 2;
const PASS = 2 ** 32 - 1;

export interface Dropped {
  /** IPv4 address that it must come from, or go to; left out: any. */
  readonly source?: string;
  readonly destination?: string;
  /** 0 to 1. */
  readonly share: number;
}

/** @returns `bytecode` for a direct-action filter */
export function dropProgram({ source, destination, share }: Dropped): string {
  // Each test jumps over all that follows but the last instruction where it fails.
  const tests: {
    readonly load: readonly [number, number];
    readonly test: number;
    value: number;
  }[] = [{ load: [LDH, ETHERTYPE_AT], test: JEQ, value: IPV4 }];
  if (source !== undefined) tests.push({ load: [LD, SOURCE_AT], test: JEQ, value: word(source) });
  if (destination !== undefined) {
    tests.push({ load: [LD, DESTINATION_AT], test: JEQ, value: word(destination) });
  }
  const lines: string[] = [];
  const total = tests.length * 2 + (share < 1 ? 2 : 0);
  for (const { load, test, value } of tests) {
    lines.push(`${load[0]} 0 0 ${load[1]}`);
    lines.push(`${test} 0 ${total - lines.length} ${value}`);
  }
  if (share < 1) {
    lines.push(`${LD} 0 0 ${RANDOM_AT}`);
    lines.push(`${JGE} ${total - lines.length} 0 ${Math.round(share * 2 ** 32)}`);
  }
  lines.push(`${RET} 0 0 ${DROP}`, `${RET} 0 0 ${PASS}`);
  return `${lines.length},${lines.join(",")}`;
}

function word(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
