import {
  type Answer,
  dataOf,
  LoginDocument,
  RefreshDocument,
  type RequestOptions,
  SessionsDocument,
  send,
  signUp,
  type TestClient,
} from "../../src/testing/index.js";
import { outcomeOf } from "../support/outcome.js";
import type { Deployment } from "./deployment.js";

/** Three devices of one user, the laptop the first to sign in, and one of a neighbour. */
export const names = ["laptop", "phone", "tablet", "neighbour"] as const;
export type Name = (typeof names)[number];

/** A session with the tokens that it had before anything happened. */
export type Device = { client: TestClient; id: string; accessToken: string; refreshToken: string; expiresAtMs: number };

/** `passwords` by e-mail address, as they are now. */
export type Scene = Record<Name, Device> & { deployment: Deployment; passwords: Map<string, string> };

/** What the tokens of one session are worth: the access token at each instance, in one line where all say the same. */
export type Worth = { access: string; refresh: string; isListed: boolean };

/** How often an instance may say that it can't know now: the machine is busy. */
const mostTries = 5;
/** Asks for nothing that the token's user has to be looked at for. */
const guarded = "{ sessions(first: 1) { totalCount } }";

/** Signs four devices in, in order, and shows each of their tokens to each instance. @throws Error where one is refused */
export async function prepareScene(deployment: Deployment): Promise<Scene> {
  const [url] = deployment.urls();
  const laptop = await signUp(url, {});
  const neighbour = await signUp(url, {});
  const [phone, tablet] = [await laptop.login(), await laptop.login()];
  const scene = {
    deployment,
    passwords: new Map([laptop, neighbour].map(({ email, password }) => [email, password])),
    laptop: deviceOf(laptop),
    phone: deviceOf(phone),
    tablet: deviceOf(tablet),
    neighbour: deviceOf(neighbour),
  };
  for (const name of names) {
    const access = await accessOf(deployment, scene[name].accessToken);
    if (access !== "ok") throw new Error(`The token of a new session, ${name}: ${access}`);
  }
  return scene;
}

function deviceOf(client: TestClient): Device {
  const { accessToken, refreshToken, credentials } = client;
  const expiresAtMs = Date.parse(credentials.accessTokenExpiresAt);
  return { client, id: credentials.session.id, accessToken, refreshToken, expiresAtMs };
}

/** What an access token is worth, at every instance, by the first answer of each that says so: a 503 admits nobody, and says nothing. */
export async function accessOf(deployment: Deployment, token: string): Promise<string> {
  const found = await Promise.all(deployment.urls().map((url) => firstWord(url, token)));
  return [...new Set(found)].join(", ");
}

async function firstWord(url: string, token: string): Promise<string> {
  for (let tries = 0; ; tries++) {
    const answer = await send(url, guarded, {}, { token });
    if (answer.status !== 503 || tries === mostTries) return outcomeOf(answer);
  }
}

export async function accessOfAll(scene: Scene): Promise<Record<Name, string>> {
  const found = await Promise.all(names.map((name) => accessOf(scene.deployment, scene[name].accessToken)));
  return Object.fromEntries(names.map((name, index) => [name, found[index]])) as Record<Name, string>;
}

/** What a refresh token is worth; where it is good, it is used by this. */
export async function refreshOf(deployment: Deployment, refreshToken: string): Promise<string> {
  return outcomeOf(await send(deployment.urls().at(-1)!, RefreshDocument, { input: { refreshToken } }));
}

/**
 * The ids on the list of devices of a user, as someone sees it who signs in now; the new session is left out. Who can't sign in has the list
 * that the roll makes.
 */
export async function listOf({ deployment, passwords }: Scene, { client: { email } }: Device): Promise<string[]> {
  const [url] = deployment.urls();
  const signedIn = await send(url, LoginDocument, { input: { email, password: passwords.get(email)! } });
  if (!signedIn.data) {
    if (signedIn.reason !== "USER_DISABLED") throw new Error(`Signing in again: ${outcomeOf(signedIn)}`);
    return (await deployment.operator.userOf(email)).sessions.map(({ id }) => id);
  }
  const { accessToken: token, session } = signedIn.data.login;
  const list = dataOf(await send(url, SessionsDocument, { first: 200 }, { token }));
  return list.sessions.nodes.map(({ id }) => id).filter((id) => id !== session.id);
}

/** An operation of a client, sent to one of the instances as they are now. */
export function ask(
  scene: Pick<Scene, "deployment">,
  { accessToken }: Pick<TestClient, "accessToken">,
  query: string,
  variables: Record<string, unknown> = {},
  { instance = 0, ...options }: RequestOptions & { instance?: number } = {},
): Promise<Answer<unknown>> {
  return send<unknown, Record<string, unknown>>(scene.deployment.urls()[instance]!, query, variables, {
    token: accessToken,
    ...options,
  });
}
