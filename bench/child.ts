import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a child process can be asked: each a function of one argument, answered with a promise. */
export type Questions = Record<string, (asked: never) => Promise<unknown>>;

/** A child process that answers questions. */
export type Child<Q extends Questions> = {
  pid: number;
  ask<Name extends keyof Q & string>(name: Name, asked: Parameters<Q[Name]>[0]): ReturnType<Q[Name]>;
  end(): Promise<void>;
};

type Asked = { id: number; name: string; asked: unknown };
type Answer = { id: number; answer?: unknown; error?: string };

/** Starts a program of this folder as a child process, on these cores where they are given. */
export function startChild<Q extends Questions>(program: string, cores?: string): Child<Q> {
  // for modules alone: Apollo calls `require` for each request, and the other half of tsx would stand in its way
  const node = ["--import", import.meta.resolve("tsx/esm")];
  const pinned = cores === undefined ? {} : { execPath: "taskset" };
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), [], {
    ...pinned,
    execArgv: cores === undefined ? node : ["-c", cores, process.execPath, ...node],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const waiting = new Map<number, (answer: Answer) => void>();
  let count = 0;
  child.on("message", (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  child.on("exit", (code, signal) => {
    for (const [id, answered] of waiting) answered({ id, error: `${program} ended with ${code ?? signal}` });
  });
  return {
    pid: child.pid as number,
    ask: ((name: string, asked: unknown) =>
      new Promise((resolve, reject) => {
        waiting.set(++count, ({ answer, error }) => (error === undefined ? resolve(answer) : reject(new Error(error))));
        child.send({ id: count, name, asked } satisfies Asked);
      })) as Child<Q>["ask"],
    async end() {
      if (child.exitCode === null && child.signalCode === null) child.disconnect();
      await exited;
    },
  };
}

/** The child's side. It ends when its parent does, however that went. */
export function answerParent(questions: Questions): void {
  process.on("message", async ({ id, name, asked }: Asked) => {
    try {
      process.send!({ id, answer: await questions[name]!(asked as never) } satisfies Answer);
    } catch (error) {
      process.send!({ id, error: (error as Error).stack ?? String(error) } satisfies Answer);
    }
  });
  process.on("disconnect", () => process.exit(0));
}
