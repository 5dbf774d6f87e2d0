import { type Answer, type Connection, lost, openConnection } from "./connection.js";

/** Sends requests to one server, each on a connection that no other uses meanwhile. */
export type Asker = {
  /** Resolves with what came back, however long that takes. */
  ask(request: Buffer): Promise<Answer>;
  /** How many were sent. */
  sent(): number;
  close(): void;
};

type Slot = { connection: Connection; answered: (answer: Answer) => void };

/** Connections are opened as they are needed, and kept. */
export function createAsker(port: number): Asker {
  const idle: Slot[] = [];
  const all: Slot[] = [];
  let sent = 0;

  async function openSlot(): Promise<Slot> {
    const slot = {} as Slot;
    slot.connection = await openConnection(port, (answer) => {
      // a connection that was lost is not used again
      if (answer.status !== 0) idle.push(slot);
      slot.answered(answer);
    });
    all.push(slot);
    return slot;
  }

  return {
    async ask(request) {
      sent++;
      while (idle.at(-1)?.connection.isOpen() === false) idle.pop();
      const slot = idle.pop() ?? (await openSlot().catch(() => null));
      if (!slot) return lost;
      return new Promise((resolve) => {
        slot.answered = resolve;
        slot.connection.send(request);
      });
    },
    sent: () => sent,
    close() {
      for (const { connection } of all) connection.close();
    },
  };
}
