import { readdirSync, readFileSync } from "node:fs";

/** The kernel counts in hundredths of a second for user space (USER_HZ), on every Linux. */
const MS_PER_TICK = 10;

/** CPU time that a process has used, all threads, user and kernel, ms. Linux only. */
export function processCpuMs(pid: number): number {
  return cpuMsOf(`/proc/${pid}/stat`);
}

/** CPU time of each group of threads by the name that the kernel shows, ms. */
export function threadsCpuMs(pid: number): Map<string, number> {
  const byName = new Map<string, number>();
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const path = `/proc/${pid}/task/${task}`;
    try {
      const name = task === String(pid) ? "main" : readFileSync(`${path}/comm`, "utf8").trim();
      byName.set(name, (byName.get(name) ?? 0) + cpuMsOf(`${path}/stat`));
    } catch {
      // A thread that has ended since the folder was read.
    }
  }
  return byName;
}

function cpuMsOf(path: string): number {
  const stat = readFileSync(path, "utf8");
  // The name stands in brackets and may hold anything: fields are counted from its end (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}
