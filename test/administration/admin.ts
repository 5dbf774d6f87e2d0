import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { type Answer, send, type TestClient, type TestServer } from "../../src/testing/index.js";
import { outcomeOf } from "../support/outcome.js";

/** What a mutation came to: its outcome in one line and how many sessions it says that it ended. */
export type Done = { outcome: string; revokedCount?: number | undefined };

/** An administrator of a test. */
export type Admin = {
  client: TestClient;
  /** Asks for a mutation, here or on another instance. */
  ask<T, V>(mutation: TypedDocumentNode<T, V>, variables: V, url?: string): Promise<Answer<T> & Done>;
};

/** Signs somebody up, and gives them the role. */
export async function becomeAdmin(server: TestServer): Promise<Admin> {
  const client = await server.signUp();
  await server.grantRole(client.email, "admin");
  return adminOf(client);
}

/** Somebody who asks as an administrator does, whether they are one or not. */
export function adminOf(client: TestClient): Admin {
  return {
    client,
    async ask(mutation, variables, url = client.url) {
      const answer = await send(url, mutation, variables, { token: client.accessToken });
      const [payload] = Object.values(answer.data ?? {}) as ({ revokedCount?: number } | null)[];
      return { ...answer, outcome: outcomeOf(answer), revokedCount: payload?.revokedCount };
    },
  };
}

export const userIdOf = ({ credentials }: TestClient) => credentials.user.id;
export const sessionIdOf = ({ credentials }: TestClient) => credentials.session.id;
export const databaseOf = ({ mongodbUri }: TestServer) => new URL(mongodbUri).pathname.slice(1);
