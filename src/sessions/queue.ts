/** Things that are put in at one end, and waited for at the other. */
export type Queue<T> = {
  push(item: T): void;
  /** Nothing more will come. */
  end(): void;
  iterator: AsyncIterableIterator<T>;
};

/** More than this waiting means that nobody takes anything out: the queue ends. */
const mostWaiting = 1_000;

/** @param onReturn called once, when the queue has ended at either end */
export function createQueue<T>({ onReturn = () => {} }: { onReturn?: () => void } = {}): Queue<T> {
  const items: T[] = [];
  const waiting: ((result: IteratorResult<T>) => void)[] = [];
  let hasEnded = false;

  function end(): void {
    if (hasEnded) return;
    hasEnded = true;
    for (const resolve of waiting.splice(0)) resolve({ done: true, value: undefined });
    onReturn();
  }

  return {
    push(item) {
      if (hasEnded) return;
      const resolve = waiting.shift();
      if (resolve) resolve({ done: false, value: item });
      else if (items.push(item) > mostWaiting) end();
    },
    end,
    iterator: {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        if (items.length > 0 && !hasEnded) return { done: false, value: items.shift() as T };
        if (hasEnded) return { done: true, value: undefined };
        return new Promise((resolve) => waiting.push(resolve));
      },
      async return() {
        items.length = 0;
        end();
        return { done: true, value: undefined };
      },
      async throw(error) {
        end();
        throw error;
      },
    },
  };
}
