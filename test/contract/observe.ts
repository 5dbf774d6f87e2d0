import type { Answer } from "../../src/testing/index.js";
import { outcomeOf } from "../support/outcome.js";
import type { Deployment } from "./deployment.js";
import type { Event } from "./events.js";
import { accessOfAll, listOf, type Name, names, prepareScene, refreshOf, type Scene } from "./scene.js";

/** What an event does to access tokens: they are dead when it has answered, or within so many milliseconds, or it says that it can't. */
export type Cell = "at once" | `bounded (${number} ms)` | "not offered";

const accessTokenSeconds = 900;
/** A token that is about to expire is looked at so long before. */
const earlyMs = 30_000;
const notSupported = "400 BAD_USER_INPUT NOT_SUPPORTED_BY_STRATEGY";
/** What a token is answered with that has ended. */
const deaths = ["SESSION_REVOKED", "TOKEN_SUPERSEDED", "TOKEN_INVALID", "USER_DISABLED"].map(
  (reason) => `401 UNAUTHENTICATED ${reason}`,
);
const refreshDeaths = ["401 UNAUTHENTICATED REFRESH_INVALID", "401 UNAUTHENTICATED USER_DISABLED"];

/** What is seen at once; a token that lives on does so for as long as the answer says. */
type Seen = { scene: Scene; answer: Answer<unknown>; access: Record<Name, string>; are: "at once" | "living on" };

/**
 * Lets an event happen to new users, asks every instance what every token is worth, and says what it has seen. It goes by what the
 * answers are, not by what the strategy declares.
 * @throws Error where what it sees is none of the three, or refresh tokens or the list of devices are not as they should be
 */
export async function observe(deployment: Deployment, event: Event): Promise<Cell> {
  const { scene, answer, are } = await happen(deployment, event);
  await expectRollToHold(scene, event);
  await event.alsoHolds?.(scene);
  return are === "at once" ? are : livesOn(scene, event, answer);
}

/** The event, and the requests right after it. @throws Error where old tokens are neither dead, nor said to live */
export async function happen(deployment: Deployment, event: Event): Promise<Seen> {
  const scene = await prepareScene(deployment);
  const answer = await event.act(scene);
  const access = await accessOfAll(scene);
  return { scene, answer, access, are: outcomeSeen(event, answer, access) };
}

function outcomeSeen({ ends, takes }: Event, answer: Answer<unknown>, access: Record<Name, string>): Seen["are"] {
  const outcome = outcomeOf(answer);
  const dead = names.filter((name) => access[name].split(", ").every((each) => deaths.includes(each)));
  const alive = names.filter((name) => access[name] === "ok");
  const seen = `${outcome}, and then ${JSON.stringify(access)}`;
  const areEnded = dead.length === ends.length && ends.every((name) => dead.includes(name));
  if (dead.length + alive.length !== names.length) throw new Error(`The instances do not agree: ${seen}`);
  if (outcome === "ok" && areEnded) return "at once";
  const areAlive = alive.length === names.length;
  const isSaid = takes ? outcome === notSupported : outcome === "ok" && liveUntil(answer) !== undefined;
  if (areAlive && isSaid) return "living on";
  throw new Error(`Neither ended, nor said not to be: ${seen}`);
}

/** Until when old access tokens live on, as the answer says: in its extensions, or in the message of a refusal. */
function liveUntil({ muster, errors }: Answer<unknown>): number | undefined {
  const { accessTokensLiveUntil } = (muster ?? {}) as { accessTokensLiveUntil?: string };
  const said = accessTokensLiveUntil ?? /\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(errors[0]?.message ?? "")?.[0];
  return said === undefined ? undefined : Date.parse(said);
}

/** The tokens live on, and no longer than was said. Moves the clock there. */
async function livesOn(scene: Scene, { ends, takes }: Event, answer: Answer<unknown>): Promise<Cell> {
  const { clock } = scene.deployment;
  const untilMs = liveUntil(answer);
  if (untilMs === undefined) throw new Error("It does not say until when the tokens live.");
  const boundMs = accessTokenSeconds * 1_000;
  if (untilMs > clock.now() + boundMs) throw new Error("It says that tokens live longer than they can.");
  const first = Math.min(...ends.map((name) => scene[name].expiresAtMs));
  clock.advance(first - earlyMs - clock.now());
  const before = await accessOfAll(scene);
  clock.advance(untilMs - clock.now());
  const after = await accessOfAll(scene);
  for (const name of ends) {
    if (before[name] !== "ok") throw new Error(`${name} died before it expired: ${before[name]}`);
    if (after[name] !== "401 UNAUTHENTICATED TOKEN_EXPIRED") throw new Error(`${name} lives longer: ${after[name]}`);
  }
  return takes ? "not offered" : `bounded (${boundMs} ms)`;
}

/** Refresh tokens and the list of devices end under every strategy, and no others. */
async function expectRollToHold(scene: Scene, { ends, keeps = [] }: Event): Promise<void> {
  const { deployment } = scene;
  const listed = [...(await listOf(scene, scene.laptop)), ...(await listOf(scene, scene.neighbour))];
  for (const name of names) {
    const hasEnded = ends.includes(name);
    const shouldBeListed = !hasEnded || keeps.includes(name);
    if (listed.includes(scene[name].id) !== shouldBeListed) throw new Error(`The list of devices is wrong: ${name}`);
    const refresh = await refreshOf(deployment, scene[name].refreshToken);
    const isRight = hasEnded ? refreshDeaths.includes(refresh) : refresh === "ok";
    if (!isRight) throw new Error(`The refresh token of ${name}: ${refresh}`);
  }
}
