import type { IResolvers } from "@graphql-tools/utils";
import type { MusterContext } from "muster-auth";
import { createNotes, type Note } from "./notes.js";

/** The application's own schema. It has a `User` of its own: Muster's is called `Account` here. */
export const typeDefs = /* GraphQL */ `
  type User {
    id: ID!
    notes: [Note!]! @authenticated
  }

  type Note {
    text: String!
    author: User!
    reports: Int @requiresRole(roles: ["moderator"])
  }

  type Query {
    profile(id: ID!): User @public
    myNotes: [Note!]! @authenticated
  }

  type Mutation {
    writeNote(text: String!): Note! @authenticated
  }
`;

const notes = createNotes();

/** Resolvers hold no checks: the directives have refused whoever may not be here, and `principal` is who is. */
export const resolvers: IResolvers<unknown, MusterContext> = {
  Query: {
    profile: (_, { id }: { id: string }) => ({ id }),
    myNotes: (_, __, { principal }) => notes.of(principal!.userId),
  },
  Mutation: {
    writeNote: (_, { text }: { text: string }, { principal }) => notes.write({ text, authorId: principal!.userId }),
  },
  User: {
    notes: ({ id }: { id: string }) => notes.of(id),
  },
  Note: {
    author: ({ authorId }: Note) => ({ id: authorId }),
  },
};
