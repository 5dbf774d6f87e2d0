import { setTimeout as delay } from "node:timers/promises";
import { type Connection, openConnection } from "./connection.js";

/** What a run of requests came to. */
export type Run = { answers: number; failed: number; seconds: number; latenciesMs: number[] };

export type Client = {
  /**
   * Sends requests for so many seconds: on every connection the next one as soon as the last is answered, or at a steady pace of
   * `perSecond`, where latency counts from the moment at which a request was due.
   */
  run(options: { seconds: number; perSecond?: number | undefined }): Promise<Run>;
  close(): void;
};

const longestAnswerMs = 5_000;

type Slot = { connection: Connection; sinceMs: number };

/** Connects to a server on this machine. The requests are sent in turn, over and over. */
export async function openClient({
  port,
  requests,
  isGood,
  connections = 16,
}: {
  port: number;
  requests: readonly Buffer[];
  isGood: (body: Buffer) => boolean;
  connections?: number;
}): Promise<Client> {
  const idle: Slot[] = [];
  let turn = 0;
  let run: Run = emptyRun();
  let endsMs = 0;
  let isPaced = false;

  const send = (slot: Slot, sinceMs: number) => {
    slot.sinceMs = sinceMs;
    slot.connection.send(requests[turn++ % requests.length]!);
  };
  const answered = (slot: Slot, good: boolean) => {
    const now = performance.now();
    if (now <= endsMs) {
      good ? run.answers++ : run.failed++;
      run.latenciesMs.push(now - slot.sinceMs);
      if (!isPaced) return send(slot, now);
    }
    idle.push(slot);
  };
  const open = (slot: Slot) =>
    openConnection(port, ({ status, body }) => answered(slot, status === 200 && isGood(body)));
  for (let count = 0; count < connections; count++) {
    const slot = { sinceMs: 0 } as Slot;
    slot.connection = await open(slot);
    idle.push(slot);
  }

  /** Sends what is due, every millisecond. */
  const keepPace = (startMs: number, perSecond: number) => {
    let sent = 0;
    const timer = setInterval(() => {
      const now = performance.now();
      if (now > endsMs) return clearInterval(timer);
      const due = ((now - startMs) / 1_000) * perSecond;
      while (sent < due && idle.length > 0) send(idle.pop()!, startMs + (sent++ / perSecond) * 1_000);
    }, 1);
  };

  return {
    async run({ seconds, perSecond }) {
      for (const slot of idle) if (!slot.connection.isOpen()) slot.connection = await open(slot);
      run = emptyRun();
      const startMs = performance.now();
      endsMs = startMs + seconds * 1_000;
      isPaced = perSecond !== undefined;
      if (perSecond === undefined) for (const slot of idle.splice(0)) send(slot, startMs);
      else keepPace(startMs, perSecond);
      await delay(seconds * 1_000);
      // what is still on its way is not counted, and must not disturb who comes next
      while (idle.length < connections && performance.now() < endsMs + longestAnswerMs) await delay(1);
      return { ...run, seconds };
    },
    close() {
      for (const { connection } of idle) connection.close();
    },
  };
}

const emptyRun = (): Run => ({ answers: 0, failed: 0, seconds: 0, latenciesMs: [] });
