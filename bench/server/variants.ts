import { setTimeout as delay } from "node:timers/promises";
import jwt from "jsonwebtoken";
import type { Connection } from "mongoose";
import type { AuthState } from "../../src/auth-state/auth-state.js";
import type { Admitted, Authenticate } from "../../src/authenticate.js";
import type { Served } from "../../src/http/app.js";
import type { HasherOptions } from "../../src/passwords/hash.js";
import { firstSystemState } from "../../src/store/system.js";
import type { Keys } from "../../src/tokens/keys.js";
import { built } from "../built.js";
import { tokenSeconds } from "../users.js";
import { withPublicMe } from "./public-me.js";

/**
 * `public`: the same server, schema and resolver, `me` marked `@public`, no token. `stateless`: a JWT of which the signature, issuer,
 * audience and age are looked at. `leased` and `read-through`: Muster.
 */
export type Kind = "public" | "stateless" | "leased" | "read-through";

export type VariantOptions = {
  kind: Kind;
  connection: Connection;
  /** Without it Muster opens one of its own. */
  feedConnection?: Connection | undefined;
  secret: string;
  hashing?: HasherOptions | undefined;
  lastUsedSeconds?: number | undefined;
};

const { assembleMuster } = await built<typeof import("../../src/muster.js")>("muster.js");
const { buildAccountSchema } =
  await built<typeof import("../../src/graphql/build-schema.js")>("graphql/build-schema.js");
const { authorize, createContext } = await built<typeof import("../../src/graphql/context.js")>("graphql/context.js");
const { protectSchema } =
  await built<typeof import("../../src/graphql/directives/index.js")>("graphql/directives/index.js");
const { parseBearer } = await built<typeof import("../../src/tokens/bearer.js")>("tokens/bearer.js");

/** Makes what one of the servers serves: the same code in each, but for who says who a request is. */
export async function openVariant({ kind, ...options }: VariantOptions): Promise<Served> {
  const { muster, parts } = assembleMuster({
    ...options,
    accessTokenSeconds: tokenSeconds,
    rateLimits: false,
    authStateMode: kind === "leased" ? "leased" : "read-through",
  });
  await muster.ready();
  while (kind === "leased" && muster.status().freshForMs === 0) await delay(5);
  if (kind === "leased" || kind === "read-through") return muster;

  const authenticate = { ...parts.authenticate, ...(kind === "public" ? alwaysTheSame() : bySignature(parts.keys)) };
  const schema = kind === "public" ? withPublicMe(buildAccountSchema()) : buildAccountSchema();
  return {
    ...muster,
    schema: protectSchema(schema, { authorize }),
    context: createContext({ ...parts, authenticate }, { enabled: false, allowedOrigins: [] }),
  };
}

/** Nobody is asked for: the resolver finds the same user each time. */
function alwaysTheSame(): Pick<Authenticate, "header"> {
  const claims = {
    iss: "",
    aud: "",
    sub: "f".repeat(24),
    client_id: "",
    iat: 0,
    exp: 0,
    auth_time: 0,
    jti: "",
    sid: "",
    ims: 0,
    sys: 0,
  };
  const everybody = admittedAs(claims);
  return { header: () => everybody };
}

/** jsonwebtoken as its documentation has it, with a key made once and its algorithm pinned. */
function bySignature({ verifyingKey, algorithm }: Keys): Pick<Authenticate, "header"> {
  const options = { algorithms: [algorithm], issuer: "muster", audience: "muster" };
  return {
    header: (authorization) => {
      const token = parseBearer(authorization);
      return token === null ? null : admittedAs(jwt.verify(token, verifyingKey, options) as Admitted["claims"]);
    },
  };
}

const createdAt = new Date();

/** The user as the token alone tells it. */
function admittedAs(claims: Admitted["claims"]): Admitted {
  const { sub: id, sid, auth_time } = claims;
  const state: AuthState = {
    key: id,
    id,
    email: "user-0000000@example.org",
    roles: [],
    scopes: [],
    enabled: true,
    subject: id,
    tokensValidAfterMs: 0,
    own: {},
    system: firstSystemState,
    createdAt,
    sessions: [],
    ended: [],
  };
  const authTime = new Date(auth_time * 1_000);
  return {
    outcome: "admit",
    principal: { userId: id, sessionId: sid, roles: [], scopes: [], authTime },
    userId: id,
    state,
    token: "",
    claims,
  };
}
