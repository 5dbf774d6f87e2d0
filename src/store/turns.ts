import { MusterError } from "../errors.js";

/** Runs work one after the other where it has the same key, in the order in which it came. */
export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/**
 * Writes of one document that this process sends at once would only overtake each other in the database, which tries those again that
 * were too late: a hundred at once take it far longer than one after the other.
 *
 * Where the database does not answer one of them, those that wait behind it are not sent: they fail with it, instead of waiting for a
 * time limit each.
 */
export function createTurns(): InTurn {
  const last = new Map<string, Promise<MusterError | null>>();
  return async (key, work) => {
    const before = last.get(key);
    const mine =
      before !== undefined
        ? before.then((unreachable) => {
            if (unreachable) throw unreachable;
            return work();
          })
        : work();
    const ended = mine.then(
      () => null,
      (error) => (error instanceof MusterError ? error : null),
    );
    last.set(key, ended);
    try {
      return await mine;
    } finally {
      if (last.get(key) === ended) last.delete(key);
    }
  };
}
