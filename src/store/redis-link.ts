import { StoreUnfitError } from "./prepare.js";
import { faultOf, type RedisFacts, readFacts } from "./redis-facts.js";

/** What commands are sent to: one run of one server, from its start to its end. */
export type RedisRun = {
  /** The server's own random name for this run: another after every restart, and another on every server. */
  runId: string;
  /** Sends one command as Redis has it, and gives its reply. @throws Error, TypeError where Redis does not know such a command */
  send(...command: string[]): Promise<unknown>;
};

/** One connection to a server that was found fit. It is never mended: where it is lost, another is opened. */
export type RedisLink = RedisRun & {
  /** Resolves with why, when it is no good any more. */
  lost: Promise<Error>;
  /** Ends it at once; what is under way on it is rejected. */
  drop(why: Error): void;
};

export type LinkOptions = {
  url: string;
  /** The longest that opening may take, and one question about the server's fitness, in milliseconds. */
  limitMs: number;
  /** How often that question is asked again, in milliseconds. */
  recheckMs: number;
  signal: AbortSignal;
};

/** Beyond what any instance has under way within a time limit: more is refused at once instead of being kept. */
const longestQueue = 10_000;

const oursToMend = /^(?:WRONGTYPE|NOSCRIPT|ERR (?:unknown|wrong number|syntax|value is not|Error compiling))/;
const notThisServer = /\b(?:READONLY|MASTERDOWN|NOAUTH|LOADING)\b/;
const passing = /^(?:LOADING|BUSY|MASTERDOWN)\b|max number of clients/;

/**
 * Opens one connection and asks whether the server is fit. The client's own reconnecting and its queue for commands while it is
 * offline are off: it would send commands to a server that nobody has looked at, and later than anybody waits for them.
 *
 * @throws StoreUnfitError where the server can't be used, Error where it can't be reached; neither holds a user or a password
 */
export async function openLink({ url, limitMs, recheckMs, signal }: LinkOptions): Promise<RedisLink> {
  const { createClient, ErrorReply } = await import("@redis/client");
  if (!/^rediss?:$/.test(URL.canParse(url) ? new URL(url).protocol : ""))
    throw new StoreUnfitError(
      "REDIS_URL must be an address such as redis://host:6379 or rediss://user:password@host:6379/0.",
    );
  const client = createClient({
    url,
    RESP: 2,
    name: "muster",
    disableClientInfo: true,
    maintNotifications: "disabled",
    disableOfflineQueue: true,
    commandsQueueMaxLength: longestQueue,
    // a time limit of the client's ends when the command is written, which is too early
    commandOptions: { timeout: undefined },
    socket: { connectTimeout: limitMs, reconnectStrategy: false },
  });
  let lose!: (why: Error) => void;
  const lost = new Promise<Error>((resolve) => {
    lose = resolve;
  });
  let recheck: NodeJS.Timeout | undefined;
  let dropped = false;
  const drop = (why: Error) => {
    dropped = true;
    clearInterval(recheck);
    signal.removeEventListener("abort", onAbort);
    client.destroy();
    lose(why);
  };
  const onAbort = () => drop(new Error("the connection is closed"));
  signal.addEventListener("abort", onAbort, { once: true });
  client.on("error", drop);
  client.on("end", () => lose(new Error("the connection has ended")));

  const send = async (...command: string[]) => {
    try {
      return (await client.sendCommand(command)) as unknown;
    } catch (error) {
      if (!(error instanceof ErrorReply)) throw error;
      if (oursToMend.test(error.message)) throw new TypeError("Redis did not understand a command.", { cause: error });
      if (notThisServer.test(error.message)) drop(error);
      throw error;
    }
  };
  const look = async (): Promise<RedisFacts> => readFacts(String(await send("INFO")));
  // whatever is under way on a connection that is dropped is rejected, so this ends in time
  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => drop(new Error(`Redis did not answer in ${limitMs} ms`)), limitMs);
    return work.finally(() => clearTimeout(timer));
  };

  const connected = client.connect();
  // one that was given up while it was connecting would stay open
  connected.then(
    () => dropped && client.destroy(),
    () => {},
  );
  try {
    signal.throwIfAborted();
    const facts = await inTime(Promise.race([connected.then(look), lost.then((why) => Promise.reject(why))]));
    const fault = faultOf(facts);
    if (fault) throw new StoreUnfitError(fault);
    const { runId } = facts;
    recheck = setInterval(async () => {
      try {
        const now = await inTime(look());
        const worse = faultOf(now);
        if (worse) drop(new StoreUnfitError(worse));
        else if (now.runId !== runId) drop(new Error("another server answers on this connection"));
      } catch (error) {
        drop(error as Error);
      }
    }, recheckMs).unref();
    return { runId, send, lost, drop };
  } catch (error) {
    drop(error as Error);
    if (error instanceof ErrorReply && !passing.test(error.message)) {
      throw new StoreUnfitError(
        "Redis refuses what REDIS_URL asks for: look at the user, the password and the number of the database in it. The user must be allowed CLIENT, INFO, GET, SET, DEL, MGET and EVAL.",
      );
    }
    throw error;
  }
}
