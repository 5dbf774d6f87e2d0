import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Status } from "../muster.js";
import type { Observer } from "../observe.js";

/** What a server counts, for Prometheus. */
export type Metrics = {
  observer: Observer;
  /** Begins to report on what this server knows of itself. */
  watch(status: () => Status): void;
  contentType: string;
  text(): Promise<string>;
};

const waitBuckets = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Makes the metrics of one server, in a registry of their own. Names end in their unit. */
export function createMetrics(): Metrics {
  const registers = [new Registry()];
  collectDefaultMetrics({ register: registers[0]! });
  const refusals = new Counter({
    name: "muster_refusals_total",
    help: "Access tokens refused, by reason.",
    labelNames: ["reason"],
    registers,
  });
  const unknowns = new Counter({
    name: "muster_unknown_total",
    help: "Access tokens of which nothing could be known: answered 503.",
    registers,
  });
  const fallBacks = new Counter({
    name: "muster_auth_state_fallback_reads_total",
    help: "Requests that asked the database because memory was not proved fresh.",
    registers,
  });
  const waits = new Histogram({
    name: "muster_revocation_wait_seconds",
    help: "How long revocations waited until no server admitted what they ended.",
    buckets: waitBuckets,
    registers,
  });
  const silent = new Counter({
    name: "muster_revocation_silent_instances_total",
    help: "Servers that did not answer, whose lease was waited for.",
    registers,
  });

  return {
    observer: {
      refused: (reason) => refusals.inc({ reason }),
      unknown: () => unknowns.inc(),
      fellBack: () => fallBacks.inc(),
      waited(wait) {
        waits.observe(wait.ms / 1_000);
        silent.inc(wait.silent);
      },
    },
    watch(status) {
      const gauge = (name: string, help: string, read: (now: Status) => number) =>
        new Gauge({
          name,
          help,
          registers,
          collect() {
            this.set(read(status()));
          },
        });
      gauge("muster_auth_state_leased", "1 where requests are answered from memory under a lease.", ({ mode }) =>
        mode === "leased" ? 1 : 0,
      );
      gauge(
        "muster_auth_state_fresh_age_seconds",
        "Time since memory was last proved fresh.",
        (now) => now.ageMs / 1_000,
      );
      gauge(
        "muster_auth_state_fresh_for_seconds",
        "Time for which memory may still answer.",
        (now) => now.freshForMs / 1_000,
      );
      gauge("muster_auth_state_entries", "Users remembered.", ({ memory }) => memory.entries);
      gauge(
        "muster_auth_state_fills",
        "Reads that were to be remembered, since the start.",
        ({ memory }) => memory.fills,
      );
      gauge(
        "muster_auth_state_poisoned_fills",
        "Reads that a change overtook and that were not remembered, since the start.",
        ({ memory }) => memory.poisonedFills,
      );
      gauge(
        "muster_standing_loaded",
        "1 where it is known of whom tokens have ended, by a strategy that answers from that.",
        ({ standing }) => (standing?.loaded ? 1 : 0),
      );
      gauge(
        "muster_standing_users",
        "Users against whom something is known: disabled, or tokens ended lately.",
        ({ standing }) => standing?.users ?? 0,
      );
      gauge(
        "muster_standing_subjects",
        "Subjects of deleted or replaced users that tokens may still carry.",
        ({ standing }) => standing?.subjects ?? 0,
      );
      gauge(
        "muster_standing_doubted",
        "Users that have changed and are to be read again.",
        ({ standing }) => standing?.doubted ?? 0,
      );
      gauge("muster_connections", "Live connections of sessions that are open.", ({ connections }) => connections.open);
      new Gauge({
        name: "muster_connections_cut",
        help: "Live connections that were cut, by reason, since the start.",
        labelNames: ["reason"],
        registers,
        collect() {
          for (const [reason, count] of Object.entries(status().connections.cut)) this.set({ reason }, count);
        },
      });
    },
    contentType: registers[0]!.contentType,
    text: () => registers[0]!.metrics(),
  };
}
