import mongoose from "mongoose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "../../examples/express/server.js";
import { dataOf, send, signUp } from "../../src/testing/index.js";
import { startExample } from "./support.js";

type Notes = { text: string; author: { id: string }; reports: number | null }[];

describe("the example of an application over Express", () => {
  let example: Awaited<ReturnType<typeof startExample>>;
  beforeAll(async () => {
    example = await startExample(startServer);
  });
  afterAll(() => example?.close());

  const write = (text: string, token?: string) =>
    send<{ writeNote: Notes[number] }, { text: string }>(
      example.url,
      "mutation ($text: String!) { writeNote(text: $text) { text author { id } } }",
      { text },
      { token },
    );

  it("serves the application's fields to whoever is signed in with Muster", async () => {
    const client = await signUp(example.url);
    const { id } = client.credentials.user;
    expect(dataOf(await write("hello", client.accessToken)).writeNote).toEqual({ text: "hello", author: { id } });
    const mine = dataOf(await client.request<{ myNotes: Notes }, object>("{ myNotes { text author { id } } }"));
    expect(mine.myNotes).toEqual([{ text: "hello", author: { id } }]);
  });

  it("answers 401 to the application's guarded fields without a token", async () => {
    const answer = await write("hello");
    expect(answer).toMatchObject({ status: 401, code: "UNAUTHENTICATED", reason: "TOKEN_MISSING" });
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  it("answers 401 to the token of a session that was ended, on the application's public fields too", async () => {
    const client = await signUp(example.url);
    await client.logoutEverywhere();
    const answer = await client.request('{ profile(id: "1") { id } }');
    expect(answer).toMatchObject({ status: 401, code: "UNAUTHENTICATED", reason: "SESSION_REVOKED" });
    expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    expect(dataOf(await send(example.url, '{ profile(id: "1") { id } }'))).toEqual({ profile: { id: "1" } });
  });

  it("hides a field from those who lack its role, until the request after the role was given", async () => {
    const client = await signUp(example.url);
    await write("reported", client.accessToken);
    const ask = () => client.request<{ myNotes: Notes }, object>("{ myNotes { text reports } }");
    const refused = await ask();
    expect(refused).toMatchObject({ status: 200, code: "FORBIDDEN", reason: "ROLE_MISSING" });
    expect(refused.data).toEqual({ myNotes: [{ text: "reported", reports: null }] });

    const connection = await mongoose.createConnection(example.mongodbUri).asPromise();
    await connection.collection("users").updateOne({ email: client.email }, { $set: { roles: ["moderator"] } });
    await connection.close();
    expect(dataOf(await ask()).myNotes).toEqual([{ text: "reported", reports: 0 }]);
  });

  it("keeps the application's own type User beside Muster's, which is called Account", async () => {
    const names = dataOf(
      await send<{ user: object; account: object }, object>(
        example.url,
        '{ user: __type(name: "User") { fields { name } } account: __type(name: "Account") { fields { name } } }',
      ),
    );
    expect(names.user).toEqual({ fields: [{ name: "id" }, { name: "notes" }] });
    expect(names.account).toMatchObject({ fields: expect.arrayContaining([{ name: "email" }]) });
  });
});
