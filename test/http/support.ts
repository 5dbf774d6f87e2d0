import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { buildSchema, type GraphQLFieldResolver, type GraphQLObjectType } from "graphql";
import { inject } from "vitest";
import { parseConfig } from "../../src/config.js";
import type { MusterContext } from "../../src/graphql/context.js";
import { directiveTypeDefs, protectSchema } from "../../src/graphql/directives/index.js";
import { createHttp, type HttpOptions, type Served } from "../../src/http/app.js";
import { createLog } from "../../src/log.js";
import type { Status } from "../../src/muster.js";
import { startServer } from "../../src/server.js";

/** The shape of every answer of `/graphql`. */
export type Answer = {
  data?: Record<string, unknown> | null;
  errors?: {
    message: string;
    path?: unknown[];
    locations?: unknown[];
    extensions: { code: string; reason?: string };
  }[];
};

/** A log whose lines are kept. */
export function captureLog(level = "trace") {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return {
    log: createLog({ level, destination }),
    lines,
    text: () => lines.join(""),
    parsed: () => lines.map((line) => JSON.parse(line)),
  };
}

/** The database that the tests share, under a name of its own. */
export function ownDatabaseUri(): string {
  return inject("mongoUri").replace(/\/[^/?]*(\?|$)/, `/http-${randomBytes(6).toString("hex")}$1`);
}

/** The whole server over a real database. */
export async function startWholeServer(environment: Record<string, string> = {}) {
  const captured = captureLog();
  const config = parseConfig({
    MONGODB_URI: ownDatabaseUri(),
    JWT_SECRET: "a secret of more than thirty-two bytes for tests",
    PORT: "0",
    RATE_LIMITS: "off",
    ...environment,
  });
  const server = await startServer(config, {
    log: captured.log,
    overrides: { hashing: { memoryKiB: 1024, timeCost: 2 } },
  });
  await server.ready();
  return { ...server, ...captured, origin: server.url.replace(/\/graphql$/, ""), client: createClient(server.url) };
}

const anonymous = async (): Promise<MusterContext> => ({
  muster: { settle: async () => null, responseHeaders: new Map<string, string>() } as MusterContext["muster"],
  principal: null,
});

const fresh: Status = {
  strategy: "session-list",
  strategyBefore: null,
  mode: "leased",
  leaseMs: 1_000,
  freshForMs: 800,
  ageMs: 200,
  memory: { entries: 0, fills: 0, poisonedFills: 0 },
  standing: null,
  connections: { open: 0, cut: {} },
};

/** The HTTP part alone, over a schema of the test's own. */
export async function serveSchema(
  {
    typeDefs,
    resolvers,
  }: { typeDefs: string; resolvers: Record<string, Record<string, GraphQLFieldResolver<unknown, MusterContext>>> },
  { options = {}, served = {} }: { options?: Partial<HttpOptions>; served?: Partial<Served> } = {},
) {
  const captured = captureLog();
  const bare = buildSchema(`${directiveTypeDefs}\n${typeDefs}`);
  for (const [type, fields] of Object.entries(resolvers)) {
    for (const [name, resolve] of Object.entries(fields))
      (bare.getType(type) as GraphQLObjectType).getFields()[name]!.resolve = resolve;
  }
  const schema = protectSchema(bare, { authorize: async () => null, policies: {} });
  const { app, drain } = await createHttp({
    muster: { schema, context: anonymous, ping: async () => {}, jwks: () => null, status: () => fresh, ...served },
    options: { corsOrigins: [], authCookies: false, playground: false, trustProxy: false, ...options },
    log: captured.log,
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return { ...captured, app, drain, port, origin, url: `${origin}/graphql`, client: createClient(`${origin}/graphql`) };
}

/** Sends operations with fetch. */
export function createClient(url: string) {
  async function send(body: unknown, headers: Record<string, string> = {}) {
    const raw = typeof body === "string" || body instanceof Uint8Array;
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: raw ? (body as RequestInit["body"]) : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, answer: JSON.parse(text) as Answer };
  }
  return {
    send,
    query: (query: string, variables?: Record<string, unknown>, headers?: Record<string, string>) =>
      send({ query, variables }, headers),
  };
}
