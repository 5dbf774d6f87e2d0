import { MusterError } from "../../../src/errors.js";
import type { Change, ChangeSource } from "../../../src/store/changes.js";
import type { ClusterTime } from "../../../src/store/cluster-time.js";
import type { InstanceRow, Registry } from "../../../src/store/registry.js";
import type { Agenda, Choose } from "./agenda.js";
import type { Entry, Log, Roll } from "./store.js";

/** A replica set with clients: whatever is asked is carried out at some time, and answered at another, or not. */
export type ReplicaSet = {
  registryOf(owner: string): Registry;
  /** One stream at a time of each instance; `hang` and `fail` act on the one that is open. */
  openChanges(owner: string, instanceId: string): ChangeSource;
  hang(owner: string): void;
  fail(owner: string): void;
  /** One majority read of the user. */
  read(owner: string, after: ClusterTime | undefined): Promise<Roll>;
  /** One write of the user; null where `change` says that its filter matches nothing. */
  write(
    owner: string,
    write: { name: string; revokes: boolean; change: (roll: Roll) => Roll | null; w: "majority" | 1 },
  ): Promise<ClusterTime | null>;
};

type Done<T> = { value: T; entry?: Entry | undefined };

const unknown = () => new MusterError("STORE_UNREACHABLE");

export function createReplicaSet({ agenda, log, choose }: { agenda: Agenda; log: Log; choose: Choose }): ReplicaSet {
  const streams = new Map<string, { hangs: boolean; end(error: Error): void }>();

  /** Carried out at some time, answered at another; now and then without an answer, with one too early, or twice. */
  function ask<T>(owner: string, name: string, carryOut: () => Done<T>, w: "majority" | 1 = "majority"): Promise<T> {
    const fate = choose(64);
    return new Promise((resolve, reject) => {
      const answer = ({ value, entry }: Done<T>) => {
        agenda.add({
          name: `${name} is answered`,
          owner,
          isReady: () => w === 1 || !entry || log.isCommitted(entry) || !log.has(entry),
          run() {
            if (fate === 1) return reject(unknown());
            if (w === 1 || !entry || log.has(entry)) return resolve(value);
            // the driver sends a write that another primary does not know again
            if (fate % 2 === 0) return execute();
            reject(unknown());
          },
        });
      };
      const execute = () => agenda.add({ name, owner: null, run: () => answer(carryOut()) });
      if (fate === 0) agenda.add({ name: `${name} is given up`, owner, run: () => reject(unknown()) });
      execute();
    });
  }

  /** Mostly the newest, now and then what a primary shows that does not know what has happened since. */
  function see(states: readonly Entry[]): Entry {
    return choose(4) === 0 ? states[choose(states.length)]! : states.at(-1)!;
  }

  function changeRow(id: string, change: (row: InstanceRow | undefined) => InstanceRow | null): Entry {
    const { rows } = log.last();
    const before = rows.get(id);
    const after = change(before);
    const next = new Map(rows);
    if (after) next.set(id, after);
    else next.delete(id);
    const event = after && after.beat !== before?.beat ? ({ kind: "beat", id, beat: after.beat } as const) : undefined;
    return log.append({ rows: next, ...(event && { event }) });
  }

  const later = (a: ClusterTime | null, b: ClusterTime | null) => (a === null || (b !== null && b > a) ? b : a);
  const here = (id: string) => log.last().rows.get(id);

  return {
    registryOf: (owner) => ({
      register: ({ id, beat, leaseMs }) =>
        ask(owner, `register ${id}`, () => {
          const entry = changeRow(id, (row) => ({
            id,
            beat: Math.max(beat, row?.beat ?? 0),
            leaseMs,
            appliedThrough: row?.appliedThrough ?? null,
          }));
          return { value: entry.time, entry };
        }),
      beat: ({ id, beat, appliedThrough }) =>
        ask(owner, `beat ${beat} of ${id}`, () => {
          if (!here(id)) return { value: false, entry: log.last() };
          const entry = changeRow(id, (row) => ({
            ...row!,
            beat: Math.max(beat, row!.beat),
            appliedThrough: later(row!.appliedThrough, appliedThrough),
          }));
          return { value: true, entry };
        }),
      acknowledge: ({ id, appliedThrough }) =>
        ask(
          owner,
          `acknowledge of ${id}`,
          () => {
            if (here(id))
              changeRow(id, (row) => ({ ...row!, appliedThrough: later(row!.appliedThrough, appliedThrough) }));
            return { value: undefined };
          },
          1,
        ),
      barrier: (id) =>
        ask<ClusterTime | null>(owner, `barrier of ${id}`, () => {
          if (!here(id)) return { value: null, entry: log.last() };
          const entry = changeRow(id, (row) => row!);
          return { value: entry.time, entry };
        }),
      async readAfter(time) {
        const answer = await readWhen(owner, "read of the rows", time);
        return [...answer.rows.values()];
      },
      count: async () => log.last().rows.size,
      poll: (ids) =>
        ask(owner, "poll", () => {
          const { rows } = see(log.entries());
          return { value: ids.flatMap((id) => rows.get(id) ?? []) };
        }),
      remove: ({ id, beat }) =>
        ask(owner, `remove ${id}`, () => {
          const row = here(id);
          if (!row || (beat !== undefined && row.beat !== beat)) return { value: undefined, entry: log.last() };
          return { value: undefined, entry: changeRow(id, () => null) };
        }),
    }),

    openChanges(owner, instanceId) {
      let position: number | undefined;
      let isOpening = false;
      let ended: Error | undefined;
      let fail = (_: Error) => {};
      const stream = {
        hangs: false,
        end(error: Error) {
          ended ??= error;
          fail(error);
        },
      };
      streams.set(owner, stream);
      const isMine = ({ event }: Entry) => event && (event.kind === "user" || event.id === instanceId);
      const following = () => {
        if (position === undefined) return -1;
        for (let index = position; index < log.committed(); index++) if (isMine(log.entries()[index]!)) return index;
        return -1;
      };
      return {
        next: () =>
          new Promise((resolve, reject) => {
            if (ended) return reject(ended);
            fail = reject;
            if (!isOpening) {
              isOpening = true;
              agenda.add({
                name: `stream of ${instanceId} opens`,
                owner: null,
                run() {
                  position = log.committed();
                },
              });
            }
            agenda.add({
              name: `stream of ${instanceId} delivers`,
              owner,
              isReady: () => ended !== undefined || (!stream.hangs && following() >= 0),
              run() {
                if (ended) return;
                const index = following();
                position = index + 1;
                resolve(toChange(log.entries()[index]!));
              },
            });
          }),
        async close() {
          stream.end(new Error("closed"));
        },
      };
    },
    hang(owner) {
      const stream = streams.get(owner);
      if (stream) stream.hangs = true;
    },
    fail: (owner) => streams.get(owner)?.end(new Error("lost")),

    read: async (owner, after) => (await readWhen(owner, "read of the user", after)).roll,

    write: (owner, { name, revokes, change, w }) =>
      ask<ClusterTime | null>(
        owner,
        name,
        () => {
          const roll = change(log.last().roll);
          if (!roll) return { value: null, entry: log.last() };
          const entry = log.append({ roll, ...(revokes && { event: { kind: "user", revoking: true } as const }) });
          return { value: entry.time, entry };
        },
        w,
      ),
  };

  /** A majority read, which waits for what it is to come after. */
  function readWhen(owner: string, name: string, after: ClusterTime | undefined): Promise<Entry> {
    const fate = choose(64);
    return new Promise((resolve, reject) => {
      if (fate === 0) agenda.add({ name: `${name} is given up`, owner, run: () => reject(unknown()) });
      agenda.add({
        name,
        owner: null,
        isReady: () => log.readable(after).length > 0,
        run() {
          const seen = see(log.readable(after));
          agenda.add({ name: `${name} is answered`, owner, run: () => resolve(seen) });
        },
      });
    });
  }
}

function toChange({ event, time }: Entry): Change {
  if (event?.kind === "beat") return { kind: "beat", beat: event.beat, at: time };
  return { kind: "user", userId: "user", at: time, revoking: true, ended: [] };
}
