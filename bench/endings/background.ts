import { setTimeout as delay } from "node:timers/promises";
import type { Field } from "./end-once.js";
import { type Ticket, tryTicket } from "./ledger.js";

const mostInFlight = 300;
/** Every fifth request comes with a token that is being ended, where there is one. */
const endangeredEvery = 5;

/**
 * Sends what is missing of so many requests a second in all, to the instances in turn: some with tokens that are being ended, the others as
 * bystanders.
 */
export function startBackground(
  { askers, ledger, inUse }: Field,
  {
    bystanders,
    perSecond,
    isStopped,
  }: { bystanders: readonly Ticket[]; perSecond: number; isStopped: (instance: number) => boolean },
): { end(): Promise<void> } {
  const sent = () => askers.reduce((sum, asker) => sum + asker.sent(), 0);
  const [startMs, sentBefore] = [performance.now(), sent()];
  let turn = 0;
  let inFlight = 0;

  const next = (): Ticket => {
    const [endangered] = turn % endangeredEvery === 0 ? inUse : [];
    if (endangered === undefined) return bystanders[turn % bystanders.length]!;
    // the next time it is another one's turn
    inUse.delete(endangered);
    inUse.add(endangered);
    return endangered;
  };
  const sendOne = () => {
    const instance = turn % askers.length;
    const ticket = next();
    turn++;
    if (isStopped(instance)) return;
    inFlight++;
    void tryTicket(ledger, ticket, askers[instance]!).finally(() => inFlight--);
  };
  const timer = setInterval(() => {
    const due = ((performance.now() - startMs) / 1_000) * perSecond;
    for (let missing = due - (sent() - sentBefore); missing > 0 && inFlight < mostInFlight; missing--) sendOne();
  }, 1);

  return {
    async end() {
      clearInterval(timer);
      while (inFlight > 0) await delay(5);
    },
  };
}
