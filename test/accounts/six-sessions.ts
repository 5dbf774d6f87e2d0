import { expect } from "vitest";
import { SessionsDocument, send, type TestClient, type TestServer } from "../../src/testing/index.js";
import type { Operator } from "../support/operator.js";
import { tryAccess, tryRefresh } from "../support/outcome.js";

/** Sessions as an operation may find them, each on a device of its own. `tablet` is the least recently used of its user. */
export const names = ["tablet", "phone", "laptop", "tabs", "console", "neighbour"] as const;
export type Name = (typeof names)[number];

/** One session with every access token of it that is good. */
export type Prepared = { client: TestClient; id: string; accessTokens: readonly string[]; refreshToken: string };

export type SixSessions = Record<Name, Prepared>;

/**
 * Signs in five devices of one user and one of a neighbour: `phone` just signed in, `laptop` refreshed once, so that two of its access
 * tokens are good, `tabs` four times.
 */
export async function prepareSixSessions(server: TestServer): Promise<SixSessions> {
  const tablet = await server.signUp();
  const [phone, laptop, tabs, game] = await Promise.all([
    tablet.login(),
    tablet.login(),
    tablet.login(),
    tablet.login(),
  ]);
  return {
    tablet: await prepare(tablet, 0),
    phone: await prepare(phone, 0),
    laptop: await prepare(laptop, 1),
    tabs: await prepare(tabs, 4),
    console: await prepare(game, 0),
    neighbour: await prepare(await server.signUp(), 1),
  };
}

async function prepare(client: TestClient, refreshes: number): Promise<Prepared> {
  const accessTokens = [client.accessToken];
  for (let count = 0; count < refreshes; count++) {
    await client.refresh();
    accessTokens.push(client.accessToken);
  }
  return { client, id: client.credentials.session.id, accessTokens, refreshToken: client.refreshToken };
}

/** What the tokens of one session are worth, and whether its user's list shows it. */
export type Worth = { access: string; refresh: string; listed: boolean };

/** Looks at all six through every token of theirs. The refresh tokens come last: trying one uses it. */
export async function worthOfAll(sessions: SixSessions, url: string, operator: Operator): Promise<Record<Name, Worth>> {
  const worths: [Name, Worth][] = [];
  for (const name of names) {
    const { id, accessTokens, client } = sessions[name];
    const outcomes = new Set(await Promise.all(accessTokens.map((token) => tryAccess(url, token))));
    const listed = (await listOf(url, client.email, accessTokens, operator)).includes(id);
    worths.push([name, { access: [...outcomes].join(", "), refresh: "", listed }]);
  }
  for (const [name, worth] of worths) worth.refresh = await tryRefresh(url, sessions[name].refreshToken);
  return Object.fromEntries(worths) as Record<Name, Worth>;
}

/** The ids in the list of a user: as the database has them, and where a token is still good as `sessions` answers, which is the same. */
async function listOf(
  url: string,
  email: string,
  accessTokens: readonly string[],
  operator: Operator,
): Promise<string[]> {
  const roll = (await operator.userOf(email)).sessions.map(({ id }) => id);
  for (const token of accessTokens) {
    const { data } = await send(url, SessionsDocument, { first: 200 }, { token });
    if (data) expect(data.sessions.nodes.map(({ id }) => id).sort()).toEqual([...roll].sort());
  }
  return roll;
}
