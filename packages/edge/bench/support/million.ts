/** What one listener costs an edge. */
export interface UnitCost {
  /** CPU time for a second of listening, us, kernel included. */
  readonly cpuUs: number;
  /** Bytes of sound and events for a second of listening, before TCP and IP. */
  readonly bytes: number;
  readonly rssBytes: number;
  readonly listenersPerProcess: number;
}

/** Assumptions about what is bought, all of them to be changed by whoever reckons. */
export interface Prices {
  /** Share of a core that is planned with: the rest is for joins, faults and neighbours. */
  readonly coreShare: number;
  /** The same of a network interface. */
  readonly lineShare: number;
  /** A machine as it is rented: cores, line in Gbit/s, memory in GB, euros a month. */
  readonly machine: {
    readonly cores: number;
    readonly gbits: number;
    readonly memoryGb: number;
    readonly euros: number;
  };
  /** Traffic, euros for a TB. Hosts with unmetered lines: 0. Clouds: 50 to 90. */
  readonly eurosPerTb: number;
  /** Length of the event, hours. */
  readonly hours: number;
  /** Sockets that one process may hold. */
  readonly filesPerProcess: number;
}

/** A dedicated server of 2025 with a 10 Gbit/s line, and traffic at 1 euro a TB. */
export const PRICES: Prices = {
  coreShare: 0.6,
  lineShare: 0.7,
  machine: { cores: 16, gbits: 10, memoryGb: 64, euros: 200 },
  eurosPerTb: 1,
  hours: 2,
  filesPerProcess: 18_000,
};

const LISTENERS = 1_000_000;
/** Ethernet, IP and TCP headers with timestamps, for each segment and for its acknowledgement. */
const HEADER_BYTES = 14 + 4 + 20 + 32 + 20;
const SEGMENT_BYTES = 1_448;

export interface Line {
  readonly what: string;
  readonly amount: string;
  readonly how: string;
}

/** The calculation, line by line, each with what it's made of. */
export function million(cost: UnitCost, cadenceMs: number, prices: Prices): Line[] {
  const { machine, coreShare, lineShare, eurosPerTb, hours, filesPerProcess } = prices;
  const cores = (LISTENERS * cost.cpuUs) / 1e6;
  const segments = Math.ceil((cost.bytes * (cadenceMs / 1_000)) / SEGMENT_BYTES);
  const wireBytes = cost.bytes + segments * HEADER_BYTES * (1_000 / cadenceMs);
  const gbits = (LISTENERS * wireBytes * 8) / 1e9;
  const memoryGb = (LISTENERS * cost.rssBytes) / 2 ** 30;
  const byCores = Math.ceil(cores / coreShare / machine.cores);
  const byLine = Math.ceil(gbits / lineShare / machine.gbits);
  const byMemory = Math.ceil(memoryGb / (machine.memoryGb / 2));
  const machines = Math.max(byCores, byLine, byMemory);
  const terabytes = (LISTENERS * wireBytes * 3_600 * hours) / 1e12;
  const rent = (machines * machine.euros * hours) / 730;
  const money = rent + terabytes * eurosPerTb;
  return [
    {
      what: "CPU",
      amount: `${cores.toFixed(1)} cores busy, ${(cores / coreShare).toFixed(0)} planned`,
      how: `${LISTENERS} x ${cost.cpuUs.toFixed(2)} us a second; planned at ${coreShare * 100}%`,
    },
    {
      what: "memory of the processes",
      amount: `${memoryGb.toFixed(1)} GB`,
      how: `${LISTENERS} x ${(cost.rssBytes / 1_024).toFixed(1)} KB; the kernel's sockets come on top, 4 to 8 KB each`,
    },
    {
      what: "line",
      amount: `${gbits.toFixed(1)} Gbit/s`,
      how: `${LISTENERS} x (${cost.bytes.toFixed(0)} B/s + ${segments} segments of ${HEADER_BYTES} B headers each ${cadenceMs} ms) x 8`,
    },
    {
      what: "processes",
      amount: `${Math.ceil(LISTENERS / filesPerProcess)}`,
      how: `at most ${filesPerProcess} sockets each`,
    },
    {
      what: "open files",
      amount: `${LISTENERS} in all`,
      how: "one for each listener; some 500 more a process",
    },
    {
      what: "machines",
      amount: `${machines}`,
      how: `of ${machine.cores} cores, ${machine.gbits} Gbit/s, ${machine.memoryGb} GB: ${byCores} for CPU, ${byLine} for the line at ${lineShare * 100}%, ${byMemory} for memory at half`,
    },
    {
      what: "traffic",
      amount: `${terabytes.toFixed(0)} TB`,
      how: `in ${hours} hours`,
    },
    {
      what: "money",
      amount: `${money.toFixed(0)} euros`,
      how: `${hours} hours: machines at ${machine.euros} euros a month (${rent.toFixed(0)}), traffic at ${eurosPerTb} euro a TB (${(terabytes * eurosPerTb).toFixed(0)}); clouds ask 50 to 90 a TB`,
    },
  ];
}
