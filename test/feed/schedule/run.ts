import { type Choose, createAgenda, outOfChoices } from "./agenda.js";
import { type Counts, createClients } from "./clients.js";
import { type Ablation, beatMs, createInstance, type Instance } from "./instance.js";
import { createReplicaSet } from "./replica-set.js";
import { createLog } from "./store.js";

export type RunResult = {
  /** What came out wrong. */
  faults: string[];
  counts: Counts;
  /** What happened, line by line, where it was asked for. */
  trace: string[];
};

export type RunOptions = { without?: Ablation | undefined; traced?: boolean };

const instancesAtFirst = 2;
const mostInstances = 4;
const longestEnding = 5_000;

/**
 * One run of two to four instances of the real feed, memory, sources and waits over a simulated replica set, in an order that `choices`
 * decide: what is carried out, what is answered and how much time passes, who crashes, pauses, sleeps, leaves or loses the stream, and
 * what clients ask. When they are used up everything is let go on undisturbed, and must be known again.
 */
export async function run(
  choices: ArrayLike<number>,
  { without, traced = false }: RunOptions = {},
): Promise<RunResult> {
  const traceLines: string[] = [];
  const trace = (line: string) => void (traced && traceLines.push(line));
  let used = 0;
  let isCalm = true;
  let moment = 0;
  /** For what is decided in the middle of something: the last of the choices is the harmless one. */
  const chooseSafely: Choose = (bound) => (isCalm || used >= choices.length ? bound - 1 : choices[used++]! % bound);
  const choose: Choose = (bound) => {
    if (used >= choices.length) throw outOfChoices;
    return choices[used++]! % bound;
  };

  const agenda = createAgenda(trace);
  const log = createLog();
  const replicaSet = createReplicaSet({ agenda, log, choose: chooseSafely });
  const clients = createClients({ log, choose, trace, now: () => moment });
  const instances: Instance[] = [];
  let started = 0;

  function start(): void {
    const instance = createInstance({ name: "ABCD"[started++]!, agenda, replicaSet, without });
    instances.push(instance);
    instance.feed.start();
  }
  const leave = (at: Instance) => void instances.splice(instances.indexOf(at), 1);
  const isAllFresh = () => instances.every(({ feed }) => feed.freshForMs() > 0);

  function goOn(): void {
    agenda.paused.clear();
    for (const at of instances) at.wake();
  }

  /** Something goes wrong. */
  function mishap(): void {
    const at = instances[choose(instances.length)]!;
    const mishaps = {
      crash() {
        if (instances.length === 1) return;
        agenda.drop(at.name);
        clients.giveUp(at);
        leave(at);
      },
      leave() {
        if (instances.length === 1) return;
        leave(at);
        void at.feed.close();
      },
      start() {
        if (started < mostInstances) start();
      },
      pause: () => void agenda.paused.add(at.name),
      sleep() {
        at.sleep();
        agenda.paused.add(at.name);
      },
      goOn,
      streamHangs: () => replicaSet.hang(at.name),
      streamIsLost: () => replicaSet.fail(at.name),
      failOver: () => log.failOver(),
      clockIsSet: () => at.setClock(choose(2) === 0 ? -90_000 : 90_000),
    };
    const names = Object.keys(mishaps) as (keyof typeof mishaps)[];
    const name = names[choose(names.length)]!;
    trace(`${name} at ${at.name}`);
    mishaps[name]();
  }

  function passTime(): void {
    const untilDue = agenda.nextDueMs() - agenda.nowMs();
    agenda.pass(choose(8) === 0 ? 50 + choose(16) * 100 : Number.isFinite(untilDue) ? Math.max(1, untilDue) : 1);
  }

  async function step(): Promise<void> {
    const kind = choose(256);
    if (kind < 32) clients.act(instances[choose(instances.length)]!);
    else if (kind < 38) mishap();
    else if (kind < 60) passTime();
    else if (kind < 110) log.replicate();
    else if (!agenda.step(kind < 200 ? choose : () => 0)) passTime();
    moment++;
    await settle();
  }

  /** Everything in the order in which it came up. */
  async function calmStep(): Promise<void> {
    while (log.replicate());
    if (!agenda.step(() => 0)) agenda.pass(Math.max(1, Math.min(beatMs, agenda.nextDueMs() - agenda.nowMs())));
    moment++;
    await settle();
  }
  async function calmUntil(isDone: () => boolean): Promise<void> {
    for (let count = 0; count < longestEnding && !isDone(); count++) await calmStep();
  }

  for (let count = 0; count < instancesAtFirst; count++) start();
  for (let count = 0; count < 2; count++) clients.logIn(instances[0]!);
  await calmUntil(isAllFresh);
  for (const at of instances) clients.askAll(at);
  await calmUntil(() => clients.waiting() === 0);

  isCalm = false;
  try {
    for (;;) await step();
  } catch (error) {
    if (error !== outOfChoices) throw error;
  }

  isCalm = true;
  goOn();
  trace("nothing goes wrong any more");
  const faults = clients.faults;
  if (without === undefined) {
    await calmUntil(() => isAllFresh() && clients.waiting() === 0);
    for (const { feed, name } of instances) if (feed.freshForMs() === 0) faults.push(`${name} is not fresh again`);
    for (const at of instances) clients.askAll(at, { mustBeKnown: true });
    await calmUntil(() => clients.waiting() === 0);
    if (clients.waiting() > 0) faults.push(`${clients.waiting()} requests are without an answer`);
  }
  for (const { name } of instances) agenda.drop(name);
  return { faults, counts: clients.counts, trace: traceLines };
}

/** Everything that needs no further event has been done. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
