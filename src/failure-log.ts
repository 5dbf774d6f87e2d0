import type { Log } from "./log.js";
import { RedisFailure } from "./store/asked-stores.js";

const everyMs = 10_000;

/**
 * Logs what goes wrong off the request path. An outage makes the same work fail several times a second: of one kind of failure there is a
 * line at once and then one in ten seconds at most, with how many were left out.
 *
 * @param nowMs by a clock that only goes forward
 */
export function createFailureLog(
  log: Pick<Log, "warn">,
  { nowMs = () => performance.now() }: { nowMs?: () => number } = {},
): (error: unknown) => void {
  const kinds = new Map<string, { toldMs: number; leftOut: number }>();
  return (error) => {
    const kind = kindOf(error);
    const last = kinds.get(kind);
    if (last && nowMs() - last.toldMs < everyMs) {
      last.leftOut += 1;
      return;
    }
    kinds.set(kind, { toldMs: nowMs(), leftOut: 0 });
    const redis = error instanceof RedisFailure ? { redis: error.message } : {};
    const leftOut = last?.leftOut ? { leftOut: last.leftOut } : {};
    log.warn({ err: error, ...redis, ...leftOut }, "work off the request path failed");
  };
}

/** By names of classes alone, of which there are few. */
const kindOf = (error: unknown): string => `${typeOf(error)} ${typeOf((error as Error | null)?.cause)}`;
const typeOf = (value: unknown): string => (value instanceof Error ? value.constructor.name : typeof value);
