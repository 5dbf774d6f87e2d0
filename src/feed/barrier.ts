import type { ClusterTime } from "../store/cluster-time.js";

/**
 * Coalesces barriers: a majority write that starts after a request began, shared by all requests that wait for the next one. A read
 * after its time sees everything that had been committed when the request began.
 */
export function createBarrier(write: () => Promise<ClusterTime>): () => Promise<ClusterTime> {
  let inTheAir: Promise<unknown> | null = null;
  let next: Promise<ClusterTime> | null = null;

  const start = () => {
    const writing = write();
    const settled = writing.then(
      () => {},
      () => {},
    );
    inTheAir = settled;
    void settled.then(() => {
      if (inTheAir === settled) inTheAir = null;
    });
    return writing;
  };

  return () => {
    if (!inTheAir) return start();
    // one that is on its way may have been executed before this request began: share the one after it
    next ??= inTheAir.then(() => {
      next = null;
      return start();
    });
    return next;
  };
}
