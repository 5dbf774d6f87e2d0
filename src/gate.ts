import { setTimeout as delay } from "node:timers/promises";
import { MusterError } from "./errors.js";
import { answerOf } from "./http/answer.js";
import type { Served } from "./http/app.js";
import type { Log } from "./log.js";
import type { Muster } from "./muster.js";
import type { GraphqlWs } from "./sockets/graphql-ws.js";
import { refuseUpgrade } from "./sockets/refuse-upgrade.js";
import type { OpeningConnection } from "./store/connect.js";
import { StoreUnfitError } from "./store/prepare.js";

/** How often a database that is not fit for use is looked at again, in milliseconds. */
const retryMs = 1_000;

/** What stands between the clients and a database that was not found fit yet. */
export type Gate = {
  /** The muster, refusing everything with 503 until the database is fit. */
  served: Served;
  /** The same for WebSockets. */
  sockets: GraphqlWs;
  /**
   * Resolves at the first outcome, whether the database is fit or can't be reached; the work goes on behind it.
   * @throws StoreUnfitError, or Error where MONGODB_URI can't be used: what waiting does not mend
   */
  firstOutcome(): Promise<void>;
  /** Resolves when the database is fit and requests are let through. */
  open(): Promise<void>;
  /** An attempt to reach the database failed: there is an outcome. */
  unreachable(): void;
  giveUp(): void;
};

/**
 * Prepares the database for use, trying again until it succeeds: an outage may end, and an operator may mend what is unfit. Until then
 * nothing is let through, because without its unique index two users could get one e-mail address.
 */
export function createGate({
  opening,
  muster,
  sockets,
  log,
}: {
  opening: OpeningConnection;
  muster: Muster;
  sockets: GraphqlWs;
  log: Log;
}): Gate {
  const stop = new AbortController();
  let isFit = false;
  let tell: { resolve(): void; reject(error: unknown): void };
  const firstOutcome = new Promise<void>((resolve, reject) => {
    tell = { resolve, reject };
  });
  firstOutcome.catch(() => {});
  let letThrough: () => void;
  const open = new Promise<void>((resolve) => {
    letThrough = resolve;
  });

  async function prepare() {
    await opening.opened.catch((error) => {
      throw new Error(
        "MONGODB_URI can't be used: the driver does not take it, or the database refuses its credentials.",
        { cause: error },
      );
    });
    while (!isFit && !stop.signal.aborted) {
      try {
        await muster.ready();
        isFit = true;
        letThrough();
        const { strategy, strategyBefore: before, mode, leaseMs } = muster.status();
        log.info({ strategy, authState: mode, ...(mode === "leased" && { leaseMs }) }, "the database is ready");
        if (before !== null && before !== strategy)
          log.warn(
            { strategy, before },
            "servers here judged tokens otherwise before: let none of them run on, for what is ended at one does not end at the other",
          );
        tell.resolve();
      } catch (error) {
        if (error instanceof StoreUnfitError) log.error({ unfit: error.message }, "the database is not fit for use");
        else log.warn({ err: error }, "the database could not be prepared: trying again");
        error instanceof StoreUnfitError ? tell.reject(error) : tell.resolve();
        await delay(retryMs, undefined, { signal: stop.signal }).catch(() => {});
      }
    }
  }
  prepare().catch((error) => tell.reject(error));

  const pass = () => {
    if (!isFit) throw new MusterError("STORE_UNREACHABLE");
  };
  return {
    served: {
      schema: muster.schema,
      jwks: () => muster.jwks(),
      status: () => muster.status(),
      async context(request) {
        pass();
        return muster.context(request);
      },
      async ping(limitMs) {
        pass();
        await muster.ping(limitMs);
      },
    },
    sockets: {
      handleUpgrade(request, socket, ...rest) {
        if (isFit) sockets.handleUpgrade(request, socket, ...rest);
        else refuseUpgrade(socket, answerOf(new MusterError("STORE_UNREACHABLE")));
      },
      close: () => sockets.close(),
    },
    firstOutcome: () => firstOutcome,
    open: () => open,
    unreachable: () => tell.resolve(),
    giveUp: () => stop.abort(),
  };
}
