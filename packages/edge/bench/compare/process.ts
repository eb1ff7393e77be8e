import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";

/** The kernel counts in hundredths of a second for user space (USER_HZ), on every Linux. */
const MS_PER_TICK = 10;

/** CPU time that processes have used, all threads, user and kernel, ms (proc(5)). Linux only. */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((total, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in brackets and may hold anything: fields are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return total + (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  }, 0);
}

export function rssBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1_024;
}

/** Forks a program and waits for its first message. Rejects where it ends before. */
export async function started<M>(
  program: string,
  order: object,
): Promise<{ child: ChildProcess; first: M }> {
  const child = fork(program, [JSON.stringify(order)], { serialization: "advanced" });
  const first = await new Promise<M>((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`a process ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as M);
    });
  });
  return { child, first };
}

/** A row of a table in Markdown. */
export function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

export function head(...cells: readonly string[]): string {
  return `${row(...cells)}\n${row(...cells.map(() => "---"))}`;
}
