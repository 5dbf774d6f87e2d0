import { expect, inject, it, onTestFinished } from "vitest";
import {
  DeleteUserDocument,
  EndAllSessionsDocument,
  EndUserSessionsDocument,
  SetUserEnabledDocument,
  startTestServer,
} from "../../src/testing/index.js";
import { connect } from "../sockets/support.js";
import { refused, tryAccess } from "../support/outcome.js";
import { becomeAdmin, databaseOf, userIdOf } from "./admin.js";

it("ends tokens and connections where nothing is remembered and no feed tells of it", async () => {
  const settings = { authStateMode: "read-through" } as const;
  const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
  onTestFinished(server.close);
  const other = await startTestServer({ joins: server });
  onTestFinished(other.close);
  const admin = await becomeAdmin(server);
  const seen = [];
  for (const [end, reason] of [
    [(id: string) => admin.ask(EndUserSessionsDocument, { userId: id }), "SESSION_REVOKED"],
    [(id: string) => admin.ask(SetUserEnabledDocument, { id, enabled: false }), "USER_DISABLED"],
    [(id: string) => admin.ask(DeleteUserDocument, { id }), "USER_NOT_FOUND"],
    [() => admin.ask(EndAllSessionsDocument, { confirm: databaseOf(server) }), "SESSION_REVOKED"],
  ] as const) {
    const phone = await server.signUp();
    const socket = await connect(server.url, phone.accessToken);
    expect((await end(userIdOf(phone))).outcome).toBe("ok");
    for (const { url } of [server, other]) expect(await tryAccess(url, phone.accessToken)).toBe(refused(reason));
    seen.push(await socket.closed);
  }
  expect(seen).toEqual(
    ["ENDED_BY_ADMIN", "USER_DISABLED", "USER_DELETED", "EVERYTHING_ENDED"].map((reason) => ({ code: 4401, reason })),
  );
});
