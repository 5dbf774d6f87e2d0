import type { History, Operation } from "./operation.js";

/** Histories told in a few words, for tests of who reads them. */
export type Telling = Partial<Operation> & Pick<Operation, "kind">;

export const user = "ada@test.example";

/** A history of one user at two instances. Each operation takes 10 ms and begins 10 ms after the last one ended, if nothing else is told. */
export function tell(tellings: readonly Telling[], roll: readonly string[]): History {
  let nowMs = 0;
  const operations = tellings.map((telling): Operation => {
    const beganMs = telling.beganMs ?? nowMs + 10;
    const operation: Operation = {
      client: "phone",
      instance: "A",
      user,
      beganMs,
      endedMs: beganMs + 10,
      outcome: "ok",
      ...(telling.kind !== "login" && { session: "s1", generation: 0 }),
      ...telling,
    };
    nowMs = operation.endedMs;
    return operation;
  });
  return { operations, rolls: new Map([[user, roll]]) };
}

export const login = (made: string, more: Partial<Operation> = {}): Telling => ({ kind: "login", made, ...more });
export const request = (more: Partial<Operation> = {}): Telling => ({ kind: "request", ...more });
export const refresh = (generation: number, more: Partial<Operation> = {}): Telling => ({
  kind: "refresh",
  generation,
  ...more,
});
export const end = (kind: Telling["kind"], more: Partial<Operation> = {}): Telling => ({ kind, ...more });
export const refused = (reason: string): Partial<Operation> => ({ outcome: "refused", reason });
