import { randomBytes } from "node:crypto";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import {
  DeleteUserDocument,
  dataOf,
  EndUserSessionDocument,
  EndUserSessionsDocument,
  login,
  RefreshDocument,
  ReplaceSubjectDocument,
  SetUserEnabledDocument,
  send,
  startTestServer,
  type TestClient,
  type TestServer,
} from "../../src/testing/index.js";
import { type Operator, openOperator } from "../support/operator.js";
import { type Embedding, startEmbedding } from "./embedding.js";
import { connectSocketIo } from "./game-client.js";
import { connect, roundTrip } from "./support.js";

const secret = randomBytes(32).toString("hex");

let server: TestServer;
/** Where a login ends the others. */
let strict: TestServer;
let embedding: Embedding;
let operator: Operator;
beforeAll(async () => {
  const settings = { jwtSecret: secret, refreshGraceSeconds: 0, maxSessions: 3 };
  server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
  [strict, embedding, operator] = await Promise.all([
    startTestServer({ joins: server, settings: { newLoginEnds: "others" } }),
    startEmbedding(server, { secret }),
    openOperator(server.mongodbUri),
  ]);
});
afterAll(async () => {
  await operator?.close();
  await embedding?.close();
  await strict?.close();
  await server?.close();
});

type Cause = {
  what: string;
  /** Ends the session of `one`; `other` is another session of the same user. */
  end(one: TestClient, other: TestClient): Promise<unknown>;
  code: number;
  reason: string;
  otherStays: boolean;
};

const gone = { code: 4401 };
const newPassword = "another long sentence for tests";
const asAdmin = async <T, V>(mutation: TypedDocumentNode<T, V>, variables: V) => {
  const admin = await server.signUp();
  await server.grantRole(admin.email, "admin");
  return dataOf(await admin.request(mutation, variables));
};
const users = () => operator.database.collection("users");

const causes: Cause[] = [
  { what: "logout", end: (one) => one.logout(), ...gone, reason: "LOGGED_OUT", otherStays: true },
  {
    what: "logoutSession from another session",
    end: (one, other) => other.logoutSession(one.credentials.session.id),
    ...gone,
    reason: "SESSION_ENDED",
    otherStays: true,
  },
  {
    what: "logoutOthers from another session",
    end: (_, other) => other.logoutOthers(),
    ...gone,
    reason: "LOGGED_OUT_OTHERS",
    otherStays: true,
  },
  {
    what: "logoutOthers where more sessions end than are listed one by one",
    async end({ email }, other) {
      const added = { $mergeObjects: [{ $first: "$sessions" }, { id: { $concat: ["added", { $toString: "$$n" }] } }] };
      const many = { $map: { input: { $range: [0, 250] }, as: "n", in: added } };
      await users().updateOne({ email }, [{ $set: { sessions: { $concatArrays: ["$sessions", many] } } }]);
      expect(await other.logoutOthers()).toBe(251);
      expect((await operator.userOf(email)).ended).toMatchObject([{ id: "all" }]);
    },
    ...gone,
    reason: "LOGGED_OUT_OTHERS",
    otherStays: true,
  },
  {
    what: "logoutEverywhere",
    end: (_, other) => other.logoutEverywhere(),
    ...gone,
    reason: "LOGGED_OUT_EVERYWHERE",
    otherStays: false,
  },
  {
    what: "changePassword in another session",
    end: (_, other) => other.changePassword({ newPassword }),
    ...gone,
    reason: "PASSWORD_CHANGED",
    otherStays: true,
  },
  {
    what: "changePassword with logoutEverywhere",
    end: (_, other) => other.changePassword({ newPassword, logoutEverywhere: true }),
    ...gone,
    reason: "PASSWORD_CHANGED",
    otherStays: false,
  },
  {
    what: "a refresh token used twice",
    async end(one) {
      const input = { refreshToken: one.refreshToken };
      await one.refresh();
      const again = await send(server.url, RefreshDocument, { input });
      expect(again.reason).toBe("REFRESH_REUSED");
    },
    ...gone,
    reason: "REFRESH_REUSED",
    otherStays: true,
  },
  {
    what: "the cap on sessions",
    async end(one) {
      await one.login();
      await one.login();
    },
    ...gone,
    reason: "SESSION_LIMIT",
    otherStays: true,
  },
  {
    what: "a login that ends the others",
    end: ({ email, password }) => login(strict.url, { email, password }),
    ...gone,
    reason: "NEW_LOGIN",
    otherStays: false,
  },
  {
    what: "the user disabled by hand",
    end: ({ email }) => operator.set(email, { enabled: false }),
    ...gone,
    reason: "USER_DISABLED",
    otherStays: false,
  },
  {
    what: "endUserSession by an admin",
    end: ({ credentials: { user, session } }) => asAdmin(EndUserSessionDocument, { userId: user.id, id: session.id }),
    ...gone,
    reason: "ENDED_BY_ADMIN",
    otherStays: true,
  },
  {
    what: "endUserSessions by an admin",
    end: ({ credentials: { user } }) => asAdmin(EndUserSessionsDocument, { userId: user.id }),
    ...gone,
    reason: "ENDED_BY_ADMIN",
    otherStays: false,
  },
  {
    what: "the user disabled by an admin",
    end: ({ credentials: { user } }) => asAdmin(SetUserEnabledDocument, { id: user.id, enabled: false }),
    ...gone,
    reason: "USER_DISABLED",
    otherStays: false,
  },
  {
    what: "the user's subject replaced by an admin",
    end: ({ credentials: { user } }) => asAdmin(ReplaceSubjectDocument, { userId: user.id }),
    ...gone,
    reason: "SUBJECT_REPLACED",
    otherStays: false,
  },
  {
    what: "the user deleted by an admin",
    end: ({ credentials: { user } }) => asAdmin(DeleteUserDocument, { id: user.id }),
    ...gone,
    reason: "USER_DELETED",
    otherStays: false,
  },
  {
    what: "the user deleted by hand",
    end: ({ email }) => users().deleteOne({ email }),
    ...gone,
    reason: "USER_NOT_FOUND",
    otherStays: false,
  },
  {
    what: "the session removed by hand",
    end: ({ email, credentials }) =>
      users().updateOne({ email }, { $pull: { sessions: { id: credentials.session.id } } } as object),
    ...gone,
    reason: "SESSION_REVOKED",
    otherStays: true,
  },
  {
    what: "the end of the access token's life",
    end: async () => server.clock.advance(901_000),
    code: 4403,
    reason: "TOKEN_EXPIRED",
    otherStays: false,
  },
];

describe("the end of a session, by", () => {
  it.each(causes)("$what, reaches its connections with $code $reason, and no others", async (cause) => {
    const { code, reason, otherStays } = cause;
    const one = await server.signUp();
    const other = await one.login();
    const stranger = await server.signUp();
    const open = async ({ accessToken }: TestClient) => ({
      near: await connect(server.url, accessToken),
      far: await connect(strict.url, accessToken),
      game: await connectSocketIo(embedding.url, accessToken),
    });
    const [ofOne, ofOther, ofStranger] = await Promise.all([open(one), open(other), open(stranger)]);

    await cause.end(one, other);
    expect(await ofOne.near.closed).toEqual({ code, reason });
    expect(await ofOne.far.closed).toEqual({ code, reason });
    expect(await ofOne.game.ended).toEqual({ told: { code, reason }, disconnected: "io server disconnect" });

    if (otherStays) {
      await Promise.all([roundTrip(ofOther.near), roundTrip(ofOther.far)]);
      expect((await ofOther.near.subscribe("{ me { email } }").next()).data).toEqual({ me: { email: one.email } });
      expect(await ofOther.game.socket.emitWithAck("whoAmI")).toMatchObject({
        sessionId: other.credentials.session.id,
      });
    } else {
      expect(await ofOther.near.closed).toEqual({ code, reason });
      expect((await ofOther.game.ended).told).toEqual({ code, reason });
    }
    if (code === 4401) {
      await Promise.all([roundTrip(ofStranger.near), roundTrip(ofStranger.far)]);
      expect(await ofStranger.game.socket.emitWithAck("whoAmI")).toMatchObject({
        userId: stranger.credentials.user.id,
      });
    }
  });
});
