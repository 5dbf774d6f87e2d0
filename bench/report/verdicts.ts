import type { CostResult } from "../cost.js";
import type { Ledger } from "../endings/ledger.js";
import type { FleetResult } from "../fleet.js";
import type { MeResult } from "../me.js";
import type { ReadsResult } from "../reads.js";
import type { RevocationResult } from "../revocation.js";
import type { SocketsResult } from "../sockets.js";
import type { SpeedResult } from "../speed.js";
import { meaningOf } from "./tables.js";

/** What figures are held against. */
export const bounds = {
  /** What a signed-in request reaches at least of one that nobody looks at. */
  besidePublic: 0.9,
  /** How far from 1 a request's reads without leases may be: a few requests are on their way when the counting begins and ends. */
  readsAside: 0.01,
  /** What many users or sessions leave at least of the speed with few. */
  besideFirst: 0.9,
  /** What grows with a power above this grows with the square rather than in proportion. */
  growth: 1.5,
  endingP50Ms: 30,
  endingP99Ms: 150,
  /** How much longer than the lease an ending may take while an instance is stopped. */
  beyondLeaseMs: 200,
  /** When 99 % of the connections are cut. */
  cutMs: 1_000,
};

/** What is not as it should be, a sentence each. */
export function faultsOfMe({ figures }: MeResult): string[] {
  const { median } = figures.leased.besidePublic;
  return median >= bounds.besidePublic
    ? []
    : [`A leased request reaches ${median.toFixed(3)} of one that nobody looks at: below ${bounds.besidePublic}.`];
}

export function faultsOfCost({ "read-through": { readsPerRequest } }: CostResult): string[] {
  return Math.abs(readsPerRequest - 1) <= bounds.readsAside
    ? []
    : [`Without leases a request reads ${readsPerRequest.toFixed(4)} times.`];
}

export function faultsOfReads({ requests, failed, users, commands, lastUses, otherWrites }: ReadsResult): string[] {
  const strange = Object.keys(commands).filter((name) => !Object.hasOwn(meaningOf, name));
  return [
    ...strange.map((name) => `${requests} requests caused ${commands[name]} times \`${name}\`.`),
    ...(failed > 0 ? [`${failed} requests were not answered as they should.`] : []),
    ...(otherWrites > 0 ? [`${otherWrites} updates of users were more than a last use.`] : []),
    ...(lastUses.tooEarly > 0 ? [`${lastUses.tooEarly} last uses were written too early.`] : []),
    // else nothing was shown of them
    ...(lastUses.sessions < users ? [`Only of ${lastUses.sessions} of ${users} sessions a last use was written.`] : []),
  ];
}

export function faultsOfSpeed({ figures }: SpeedResult): string[] {
  return figures
    .filter(({ besideFirst }) => !(besideFirst.median >= bounds.besideFirst))
    .map(
      ({ stored, sessionsEach, besideFirst }) =>
        `${stored} users with ${sessionsEach} sessions each: ${besideFirst.median.toFixed(3)} of the first, below ${bounds.besideFirst}.`,
    );
}

export function faultsOfFleet({ series }: FleetResult): string[] {
  return series.flatMap(({ beatMs, growth }) =>
    Object.entries(growth)
      .filter(([, power]) => !(power <= bounds.growth))
      .map(
        ([name, power]) =>
          `A beat every ${beatMs} ms: ${name} grows with the power ${power.toFixed(2)} of the instances.`,
      ),
  );
}

export function faultsOfRevocation({ healthy, stopped, instances, leaseMs }: RevocationResult): string[] {
  const mostMs = leaseMs + bounds.beyondLeaseMs;
  const { unknown } = healthy.ledger.good;
  return [
    ...faultsOfLedger(healthy.ledger, instances * healthy.count),
    ...faultsOfLedger(stopped.ledger, instances * stopped.count),
    ...(unknown > 0 ? [`${unknown} good tokens were answered 503 while all was well.`] : []),
    ...tooSlow("Half of the endings", healthy.p50Ms, bounds.endingP50Ms, healthy.busy),
    ...tooSlow("99 % of the endings", healthy.p99Ms, bounds.endingP99Ms, healthy.busy),
    ...tooSlow("Endings while an instance was stopped", stopped.worstMs, mostMs, healthy.busy),
  ];
}

const tooSlow = (what: string, tookMs: number, mostMs: number, busy: number) =>
  tookMs <= mostMs
    ? []
    : [
        `${what} took up to ${tookMs.toFixed(0)} ms, more than ${mostMs} ms; what is measured used ${(100 * busy).toFixed(0)} % of the cores.`,
      ];

function faultsOfLedger({ good, ended, strange }: Ledger, fewestEnded: number): string[] {
  const asked = ended.admitted + ended.refused + ended.unknown;
  return [
    ...(ended.admitted > 0 ? [`${ended.admitted} requests were admitted that began after their token was ended.`] : []),
    ...(good.refused > 0 ? [`${good.refused} good tokens were refused.`] : []),
    ...strange.map((answer) => `A strange answer, ${answer}`),
    ...(asked < fewestEnded ? [`Only ${asked} requests came with a token that had been ended.`] : []),
  ];
}

export function faultsOfSockets({ cut, wrongCode, untold, siblings }: SocketsResult): string[] {
  return [
    ...(cut.p99Ms <= bounds.cutMs ? [] : [`99 % of the connections were cut only after ${cut.p99Ms.toFixed(0)} ms.`]),
    ...(wrongCode > 0 ? [`${wrongCode} connections were closed with another code than 4401.`] : []),
    ...(untold > 0 ? [`${untold} connections were not told why.`] : []),
    ...(siblings.cut > 0 ? [`${siblings.cut} connections were cut that nobody ended.`] : []),
  ];
}
