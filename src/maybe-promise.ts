/** A value, or a promise of it. Code that keeps the two apart stays synchronous where it can, which graphql-js rewards. */
export type MaybePromise<T> = T | Promise<T>;

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/** Goes on with `next` at once if `value` is here, else when it has come. */
export function whenHere<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromise(value) ? value.then(next) : next(value);
}
