import type { CompareFigures, CompareResult } from "../compare/compare.js";
import type { Asked } from "../compare/cost.js";
import { range, table, whole } from "./table.js";

const mebibytes = (bytes: number) => (bytes < megabyte / 20 ? "0" : (bytes / megabyte).toFixed(1));
const megabyte = 2 ** 20;
const count = (reads: number) => String(Number(reads.toFixed(2)));
const asked = ({ reads, bytes, readsOfRedis }: Asked) =>
  [`${count(reads)}, ${whole(bytes)}`, ...(readsOfRedis > 0.005 ? [`${count(readsOfRedis)} of Redis`] : [])].join("; ");
const endings: [capability: string, word: string][] = [
  ["ONE_SESSION", "one"],
  ["OTHER_SESSIONS", "others"],
  ["ALL_SESSIONS", "all of a user"],
  ["BY_TIME", "by time"],
  ["EVERYTHING", "everything"],
];

/** Two tables in Markdown: what requests cost, and what endings cost and can. */
export function compareTable({ figures, publicPerSecond }: CompareResult): string {
  const first = table(
    [
      "strategy",
      "reads, bytes a request: a guarded field",
      "reads, bytes a request: `me`",
      "requests a second",
      "beside no authentication",
      "CPU a request, µs",
    ],
    [
      ["no authentication: the field is `@public`", "0, 0", "", range(publicPerSecond, 0), "1", ""],
      ...figures.map(({ title, cost, rates }) => [
        title,
        asked(cost.guarded),
        asked(cost.me),
        range(rates.perSecond, 0),
        range(rates.besidePublic, 3),
        whole(rates.cpuMicros),
      ]),
    ],
  );
  const second = table(
    [
      "strategy",
      "can end",
      "an ending, p50, p99, ms",
      "first refused by a second instance, p50, p99, ms",
      "MiB of an instance for 100,000 users remembered",
      "MiB of an instance for 100,000 revocations in force",
      "MiB in the store beside the users for 100,000 sessions, for 100,000 revocations",
    ],
    figures.map(rowOfEndings),
  );
  return `${first}\n\n${second}`;
}

/** The roll itself is in the users' documents under every strategy. */
function storedOf({ sessionsStored, revocationsInRedis }: CompareFigures["memory"]): string {
  const both = [mebibytes(sessionsStored), mebibytes(revocationsInRedis)];
  return both.every((each) => each === "0") ? "0" : both.join(", ");
}

function rowOfEndings({ title, rates, revocation, memory }: CompareFigures): string[] {
  const words = endings.filter(([capability]) => rates.canEnd.includes(capability)).map(([, word]) => word);
  const spread = ({ p50Ms, p99Ms }: { p50Ms: number; p99Ms: number }) => `${p50Ms.toFixed(1)}, ${p99Ms.toFixed(1)}`;
  return [
    title,
    words.join(", ") || "nothing",
    revocation ? `\`${revocation.by}\`: ${spread(revocation.answered)}` : "–",
    revocation ? spread(revocation.refusedElsewhere) : "–",
    mebibytes(memory.users),
    mebibytes(memory.revocations),
    storedOf(memory),
  ];
}
