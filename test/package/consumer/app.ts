import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import mongoose from "mongoose";
import {
  createMuster,
  directiveTypeDefs,
  type Muster,
  type MusterContext,
  MusterError,
  type Outcome,
  type Principal,
} from "muster-auth";

// Compiled, not run: what an application writes against the package's types.

export async function serve(secret: string): Promise<string> {
  const connection = mongoose.createConnection("mongodb://127.0.0.1/app");
  const muster: Muster = createMuster({
    connection,
    secret,
    policies: { isOwner: ({ principal, args }) => args.id === principal.userId },
    typeNames: { User: "Account" },
  });
  const apollo = new ApolloServer<MusterContext & { tenant: string }>({
    schema: muster.protectSchema(muster.schema),
    plugins: [muster.plugin],
  });
  const { url } = await startStandaloneServer(apollo, {
    context: async ({ req, res }) => ({ ...(await muster.context({ req, res })), tenant: "shop" }),
  });
  return url + directiveTypeDefs + muster.typeDefs;
}

export function describe(outcome: Outcome): string {
  switch (outcome.outcome) {
    case "admit":
      return nameOf(outcome.principal);
    case "refuse":
      return `${outcome.code} ${outcome.reason}`;
    case "unknown":
      return "unknown";
  }
}

const nameOf = ({ userId, roles, authTime }: Principal) => `${userId} ${roles.join()} ${authTime.toISOString()}`;

export const isOurs = (error: unknown) => error instanceof MusterError && error.reason === "TOKEN_EXPIRED";

// @ts-expect-error a deployment has a key
export const withoutKey = () => createMuster({ connection: mongoose.createConnection() });
