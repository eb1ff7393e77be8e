import { type ChildProcess, fork } from "node:child_process";

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
