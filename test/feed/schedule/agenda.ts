/** Makes the next decision of a run: a whole number from 0 to below `bound`. Throws `outOfChoices` where there is none left. */
export type Choose = (bound: number) => number;

/** Thrown where the decisions of a run have been used up. */
export const outOfChoices = Symbol("out of choices");

/** Something that may happen next: `isReady` until it may not yet. */
export type Task = { name: string; owner: string | null; isReady: () => boolean; run: () => void };

export type Agenda = {
  nowMs(): number;
  pass(ms: number): void;
  add(task: Omit<Task, "isReady"> & { isReady?: () => boolean }): void;
  /** Resolves at that time or later, whenever it is chosen. */
  sleep(owner: string, ms: number, signal?: AbortSignal): Promise<void>;
  /** Drops what this one still had to do, for good. */
  drop(owner: string): void;
  /** Does one of the things that may happen now; false where there is none. `pick` chooses among so many. */
  step(pick: (count: number) => number): boolean;
  /** When the next sleeper may wake; Infinity where nobody sleeps. */
  nextDueMs(): number;
  /** Those whose tasks wait, however long. */
  paused: Set<string>;
};

/** What may happen next, in an order that somebody else chooses, and the time. */
export function createAgenda(trace: (line: string) => void): Agenda {
  let tasks: Task[] = [];
  let sleepers: { owner: string; dueMs: number }[] = [];
  let nowMs = 1_000;
  const paused = new Set<string>();

  const agenda: Agenda = {
    nowMs: () => nowMs,
    pass(ms) {
      nowMs += ms;
    },
    add: ({ isReady = () => true, ...task }) => void tasks.push({ ...task, isReady }),
    sleep: (owner, ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { owner, dueMs: nowMs + ms };
        sleepers.push(sleeper);
        const task: Task = {
          name: "wakes",
          owner,
          isReady: () => nowMs >= sleeper.dueMs,
          run() {
            signal?.removeEventListener("abort", onAbort);
            sleepers.splice(sleepers.indexOf(sleeper), 1);
            resolve();
          },
        };
        const onAbort = () => {
          tasks = tasks.filter((each) => each !== task);
          sleepers = sleepers.filter((each) => each !== sleeper);
          reject(signal?.reason);
        };
        tasks.push(task);
        signal?.addEventListener("abort", onAbort);
      }),
    drop(owner) {
      tasks = tasks.filter((task) => task.owner !== owner);
      sleepers = sleepers.filter((sleeper) => sleeper.owner !== owner);
    },
    step(pick) {
      const ready = tasks.filter((task) => !(task.owner && paused.has(task.owner)) && task.isReady());
      if (ready.length === 0) return false;
      const task = ready[pick(ready.length)]!;
      tasks.splice(tasks.indexOf(task), 1);
      trace(`${nowMs} ${task.owner ?? "store"}: ${task.name}`);
      task.run();
      return true;
    },
    nextDueMs: () => sleepers.reduce((least, { dueMs }) => Math.min(least, dueMs), Number.POSITIVE_INFINITY),
    paused,
  };
  return agenda;
}
