import "reflect-metadata";
import { printSchemaWithDirectives } from "@graphql-tools/utils";
import { lexicographicSortSchema, specifiedDirectives } from "graphql";
import {
  Arg,
  Args,
  ArgsType,
  buildSchemaSync,
  createUnionType,
  Directive,
  Field,
  FieldResolver,
  InputType,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { expect, it } from "vitest";
import { directives } from "../../../src/graphql/directives/index.js";
import { admin, anonymous, ask, faultsOf, protect, someone } from "./support.js";

@ObjectType()
class Post {
  @Field(() => Int)
  id = 1;

  @Directive("@authenticated")
  @Field(() => String, { nullable: true, name: "text" })
  body(): string {
    return `text of ${this.id}`;
  }
}

@Directive('@requiresRole(roles: ["ADMIN"])')
@ObjectType()
class Report {
  @Field(() => Int)
  id = 2;
}

const Found = createUnionType({ name: "Found", types: () => [Post, Report] as const });

@InputType()
class Range {
  @Field(() => Int)
  first = 20;

  @Directive("@authenticated")
  @Field(() => Int, { nullable: true })
  skip?: number;
}

@ArgsType()
class Search {
  @Directive("@authenticated")
  @Field(() => String, { nullable: true })
  text?: string;

  @Field(() => Range, { nullable: true })
  range?: Range;
}

@Resolver(() => Post)
class Posts {
  @Directive("@public")
  @Query(() => [Found], { nullable: "itemsAndList" })
  async found(@Args(() => Search) { range }: Search): Promise<(Post | Report)[]> {
    // type-graphql has made instances of the classes, with their initial values
    return range === undefined || range.first === 20 ? [new Post(), new Report()] : [];
  }

  @Directive('@requiresScopes(scopes: [["posts:read"], ["users:read"]])')
  @Query(() => Post, { nullable: true })
  post(
    @Directive("@freshAuth(withinSeconds: 60)") @Arg("draft", () => Boolean, { nullable: true }) _draft?: boolean,
  ): Post {
    return new Post();
  }

  @Directive('@policy(policies: [["isAuthor"]])')
  @FieldResolver(() => String, { nullable: true })
  notes(@Root() post: Post): string {
    return `notes of ${post.id}`;
  }
}

const built = buildSchemaSync({
  resolvers: [Posts],
  directives: [...specifiedDirectives, ...directives],
  validate: false,
});
const policies = { isAuthor: ({ source }: { source: unknown }) => source instanceof Post && source.id === 1 };
const schema = protect(built, { policies });

it("guards fields, methods of instances and field resolvers of type-graphql", async () => {
  const query = "{ found { __typename ... on Post { id text notes } ... on Report { id } } }";
  expect(await ask(schema, { query, as: anonymous })).toEqual({
    data: { found: [{ __typename: "Post", id: 1, text: null, notes: null }, null] },
    refused: ["found.0.text: TOKEN_MISSING", "found.0.notes: TOKEN_MISSING", "found.1: TOKEN_MISSING"],
  });
  expect(await ask(schema, { query, as: admin })).toEqual({
    data: {
      found: [
        { __typename: "Post", id: 1, text: "text of 1", notes: "notes of 1" },
        { __typename: "Report", id: 2 },
      ],
    },
    refused: [],
  });
});

it("guards its arguments, its classes of arguments and its input fields", async () => {
  const refused = async (query: string, as = someone as typeof someone | null) =>
    (await ask(schema, { query, as })).refused;
  expect(await refused('{ found(text: "x") { __typename } }', anonymous)).toEqual(["found: TOKEN_MISSING"]);
  expect(await refused("{ found(range: { skip: 1 }) { __typename } }", anonymous)).toEqual(["found: TOKEN_MISSING"]);
  expect(await refused("{ found(range: { first: 1 }) { __typename } }", anonymous)).toEqual([]);
  expect(await refused("{ found(range: {}) { __typename } }", admin)).toEqual([]);
  expect(await refused("{ post { id } }")).toEqual(["post: SCOPE_MISSING"]);
  expect(await refused("{ post(draft: true) { id } }", { ...someone, scopes: ["posts:read"] })).toEqual([
    "post: REAUTHENTICATION_REQUIRED",
  ]);
  expect(await refused("{ post(draft: true) { id } }", admin)).toEqual([]);
});

it("finds the faults of a schema made by type-graphql", () => {
  expect(faultsOf(built)).toEqual(["Post.notes: @policy names no known policy: isAuthor"]);
});

it("keeps the directives in the schema's text, their definitions too", () => {
  const text = printSchemaWithDirectives(lexicographicSortSchema(schema));
  expect(text).toContain(
    'post(draft: Boolean @freshAuth(withinSeconds: 60)): Post @requiresScopes(scopes: [["posts:read"], ["users:read"]])',
  );
  expect(text).toContain("directive @public(ignoreToken: Boolean! = false) on");
  expect(text).toContain('type Report @requiresRole(roles: ["ADMIN"])');
});
