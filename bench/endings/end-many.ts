import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Asker } from "../load/asker.js";
import { type Ended, endOnce, type Field, newPerson, type Person } from "./end-once.js";
import { noteStrange } from "./ledger.js";

/**
 * Begins so many endings a second, whether or not the last one is done, as long as somebody is free.
 *
 * @returns those that were carried out; why others were not is in the ledger
 */
export async function endMany(
  field: Field,
  free: Person[],
  { count, perSecond }: { count: number; perSecond: number },
): Promise<Ended[]> {
  const startMs = performance.now();
  const running: Promise<Ended | null>[] = [];
  for (let turn = 0; turn < count; turn++) {
    await delay(Math.max(0, startMs + (turn / perSecond) * 1_000 - performance.now()));
    if (turn % 500 === 0) console.error(`ended ${turn} of ${count}`);
    while (free.length === 0) await delay(1);
    running.push(endAndFree(field, free, turn));
  }
  return (await Promise.all(running)).filter((ended) => ended !== null);
}

async function endAndFree(field: Field, free: Person[], turn: number): Promise<Ended | null> {
  const person = free.shift()!;
  try {
    const ended = await endOnce(field, person, turn);
    free.push(person);
    return ended;
  } catch (error) {
    noteStrange(field.ledger, `an ending failed: ${(error as Error).message}`);
    // that one may be signed out now
    free.push(await somebody(field.askers[0]!));
    return null;
  }
}

/** Signs somebody up, however often that takes. */
export async function somebody(asker: Asker): Promise<Person> {
  for (;;) {
    try {
      return await newPerson(asker, `${randomUUID()}@example.org`);
    } catch {
      await delay(100);
    }
  }
}
