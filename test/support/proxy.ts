import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What stands between an instance and one member of a replica set. */
export type TcpProxy = {
  port: number;
  /** Ends every connection, and each new one at once: no way. Only for those who come from `from`, where it is given; so the next two. */
  cut(from?: string): void;
  /** Every connection stays, and nothing moves on any: the far end may be asleep, or the way may be lost. */
  hang(from?: string): void;
  /** What was held goes on; without `from`, for everybody. */
  heal(from?: string): void;
  /**
   * Holds what the server answers on each connection on which a request is sent from now on that this is true of. `held` resolves when
   * the first of these answers is there: the server has done what it was asked, and the client does not know. Of those alone that come from
   * `from`, where it is given.
   */
  holdAnswers(isMeant: (request: Buffer) => boolean, from?: string): { held: Promise<void>; release(): void };
  close(): Promise<void>;
};

type Way = "open" | "cut" | "hangs";

/** `from` is known when the first request has come. */
type Pair = { near: Socket; far: Socket; from: string | undefined; queue: Buffer[] | null };

/**
 * A TCP proxy on loopback.
 * @param to the port of the server on 127.0.0.1
 * @param nameOf who opened a connection, by the address it comes from and the first that it sends
 */
export async function startProxy({
  to,
  host = "127.0.0.1",
  port = 0,
  nameOf,
}: {
  to: number;
  host?: string;
  port?: number;
  nameOf?: (address: string | undefined, first: Buffer) => string | undefined;
}): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const ways = new Map<string, Way>();
  let everybody: Way = "open";
  let hold: { isMeant: (request: Buffer) => boolean; from: string | undefined; isHeld: () => void } | null = null;

  const wayOf = ({ from }: Pair): Way => {
    if (everybody !== "open") return everybody;
    return (from !== undefined && ways.get(from)) || "open";
  };

  function open(near: Socket): void {
    if (everybody === "cut") return void near.destroy();
    const far = connect({ host: "127.0.0.1", port: to, noDelay: true });
    const pair: Pair = { near, far, from: undefined, queue: null };
    pairs.add(pair);
    near.setNoDelay(true);
    if (nameOf)
      near.once("data", (first) => {
        pair.from = nameOf(near.remoteAddress, first);
        apply(pair);
      });
    near.on("data", (chunk) => {
      const isHeld = hold !== null && (hold.from === undefined || hold.from === pair.from) && hold.isMeant(chunk);
      if (isHeld) pair.queue ??= [];
      far.write(chunk);
    });
    far.on("data", (chunk) => {
      if (!pair.queue) return void near.write(chunk);
      pair.queue.push(chunk);
      hold?.isHeld();
    });
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      one.on("error", () => {});
      one.on("close", () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
    apply(pair);
  }

  function apply(pair: Pair): void {
    const { near, far } = pair;
    const way = wayOf(pair);
    if (way === "cut") for (const each of [near, far]) each.destroy();
    else for (const each of [near, far]) way === "hangs" ? each.pause() : each.resume();
  }

  function set(way: Way, from?: string): void {
    if (from !== undefined) ways.set(from, way);
    else everybody = way;
    if (from === undefined && way === "open") ways.clear();
    for (const pair of pairs) apply(pair);
  }

  const server = createServer(open);
  server.listen(port, host);
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    cut: (from) => set("cut", from),
    hang: (from) => set("hangs", from),
    heal: (from) => set("open", from),
    holdAnswers(isMeant, from) {
      let isHeld = () => {};
      const held = new Promise<void>((resolve) => {
        isHeld = resolve;
      });
      const mine = { isMeant, from, isHeld };
      hold = mine;
      return {
        held,
        release() {
          if (hold === mine) hold = null;
          for (const pair of pairs) {
            for (const chunk of pair.queue ?? []) pair.near.write(chunk);
            pair.queue = null;
          }
        },
      };
    },
    async close() {
      for (const { near, far } of pairs) {
        near.destroy();
        far.destroy();
      }
      server.close();
      await once(server, "close");
    },
  };
}

/** True of a request that runs this command, on this collection where one is named, as the database's wire protocol has it. */
export function asks(command: string, collection?: string): (request: Buffer) => boolean {
  const name = collection === undefined ? `${command}\0` : `\x02${command}\0`;
  return (request) => {
    const at = request.indexOf(name, 0, "latin1");
    if (at < 0 || collection === undefined) return at >= 0;
    const value = at + name.length + 4;
    return request.toString("latin1", value, value + collection.length + 1) === `${collection}\0`;
  };
}
