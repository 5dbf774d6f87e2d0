import bcrypt from "bcryptjs";
import mongoose from "mongoose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, personModel } from "../../examples/foreign-model/person.model.js";
import { startServer } from "../../examples/foreign-model/server.js";
import { dataOf, LoginDocument, login, MeDocument, send, signUp } from "../../src/testing/index.js";
import { startExample } from "./support.js";

const password = "a password from long ago";

describe("the example with a foreign user model", () => {
  let example: Awaited<ReturnType<typeof startExample>>;
  let connection: mongoose.Connection;

  beforeAll(async () => {
    example = await startExample(startServer);
    connection = await mongoose.createConnection(example.mongodbUri).asPromise();
  });
  afterAll(async () => {
    await connection?.close();
    await example?.close();
  });

  /** A person from before Muster: mongoose wrote the document, and its hash is bcrypt's. */
  async function createPerson(name: string) {
    const login = `${name}@shop.example`;
    await personModel(connection).create({
      _id: `person-${name}`,
      login,
      password: await bcrypt.hash(password, 4),
      tenant: "shop",
      displayName: `The one and only ${name}`,
    });
    return login;
  }

  const find = (_id: string) => connection.collection<Person & Record<string, unknown>>("people").findOne({ _id });

  it("lets a person in with the password of their bcrypt hash, and replaces the hash by argon2id", async () => {
    const email = await createPerson("ada");
    const first = await login(example.url, { email, password });
    expect(dataOf(await first.request(MeDocument)).me).toMatchObject({ id: "person-ada", email });
    expect((await find("person-ada"))?.password).toMatch(/^\$argon2id\$/);

    const second = await login(example.url, { email, password });
    expect(await second.logoutEverywhere()).toBe(2);
    expect(await first.me()).toMatchObject({ status: 401, code: "UNAUTHENTICATED", reason: "SESSION_REVOKED" });
  });

  it("refuses a wrong password for a bcrypt hash and leaves the document as it was", async () => {
    const email = await createPerson("bob");
    const before = await find("person-bob");
    const answer = await send(example.url, LoginDocument, { input: { email, password: `${password}!` } });
    expect(answer).toMatchObject({ status: 401, code: "UNAUTHENTICATED", reason: "INVALID_CREDENTIALS" });
    expect(await find("person-bob")).toEqual(before);
  });

  it("never writes fields of the model that are not Muster's", async () => {
    const email = await createPerson("eve");
    const theirs = ["_id", "login", "tenant", "displayName", "createdAt", "updatedAt", "__v"];
    const before = await find("person-eve");
    const client = await login(example.url, { email, password });
    await client.refresh();
    await client.changePassword({ newPassword: "another password, chosen lately" });
    await client.logout();
    const after = await find("person-eve");
    for (const field of theirs) expect(after?.[field], field).toEqual(before?.[field]);
  });

  it("gives a new person the tenant that the model demands, and a text for an _id", async () => {
    const client = await signUp(example.url, { email: "new@garage.example" });
    const person = await personModel(connection).findOne({ login: "new@garage.example" }).orFail();
    expect(person).toMatchObject({ _id: client.credentials.user.id, tenant: "garage.example" });
    await expect(person.validate()).resolves.toBeUndefined();
  });

  it("refuses a second account with the same login", async () => {
    const email = await createPerson("joe");
    await expect(signUp(example.url, { email: email.toUpperCase() })).rejects.toThrow("EMAIL_TAKEN");
  });
});
