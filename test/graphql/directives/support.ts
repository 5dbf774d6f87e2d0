import {
  buildSchema,
  type ExecutionResult,
  execute,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  type GraphQLTypeResolver,
  isAbstractType,
  isObjectType,
  parse,
  subscribe,
  validate,
} from "graphql";
import { expect } from "vitest";
import { MusterError } from "../../../src/errors.js";
import { directiveTypeDefs, type ProtectOptions, protectSchema } from "../../../src/graphql/directives/index.js";
import type { Principal } from "../../../src/principal.js";

/** What every test's context holds: who asks, changed at will between two events of a subscription. */
export type Context = { principal: Principal | null };

export type Variables = Record<string, unknown>;

type Resolver = GraphQLFieldResolver<unknown, Context>;

/** Resolvers by `Type.field` or `Type.field:subscribe`; type resolvers by the name of the interface or union. */
export type Resolvers = Record<string, Resolver | GraphQLTypeResolver<unknown, Context>>;

export const now = Date.parse("2030-01-01T00:00:00Z");

export function principal(fields: Partial<Principal> & { provedSecondsAgo?: number } = {}): Principal {
  const { provedSecondsAgo = 0, ...rest } = fields;
  const authTime = new Date(now - provedSecondsAgo * 1000);
  return { userId: "u1", sessionId: "s1", roles: [], scopes: [], authTime, ...rest };
}

export const anonymous = null;
export const someone = principal({ provedSecondsAgo: 86_400 });
export const admin = principal({ roles: ["ADMIN"], scopes: ["users:read", "users:write"] });

/** A schema from SDL, with the definitions of our directives before it. */
export function schemaOf(sdl: string, resolvers: Resolvers = {}): GraphQLSchema {
  const schema = buildSchema(`${directiveTypeDefs}\n${sdl}`);
  for (const [at, resolver] of Object.entries(resolvers)) {
    const [typeName = "", fieldName = "", isSubscribe] = at.split(/[.:]/);
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
    if (isAbstractType(type)) type.resolveType = resolver as GraphQLTypeResolver<unknown, Context>;
    else if (field && isSubscribe) field.subscribe = resolver as Resolver;
    else if (field) field.resolve = resolver as Resolver;
    else throw new TypeError(`no such thing in the schema: ${at}`);
  }
  return schema;
}

export const authorize: ProtectOptions<Context>["authorize"] = (context) => context.principal;

export function protect(
  schema: GraphQLSchema | string,
  options: Partial<ProtectOptions<Context>> & { resolvers?: Resolvers } = {},
): GraphQLSchema {
  const { resolvers, ...rest } = options;
  const built = typeof schema === "string" ? schemaOf(schema, resolvers) : schema;
  return protectSchema<Context>(built, { authorize, now: () => now, ...rest });
}

/** The faults of a schema, one a line, as the build names them. */
export function faultsOf(sdl: string | GraphQLSchema, options: Partial<ProtectOptions<Context>> = {}): string[] {
  try {
    protect(sdl, options);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as TypeError).message.split("\n").slice(1);
  }
  return [];
}

export type Answer = { data: unknown; refused: string[] };

/** An answer without what varies: its data, and where and why what was refused: `me.email: TOKEN_MISSING`. */
export function answerOf({ data, errors = [] }: ExecutionResult): Answer {
  const refused = errors.map((error) => {
    const cause = error.originalError ?? error;
    return `${error.path?.join(".")}: ${cause instanceof MusterError ? cause.reason : String(error)}`;
  });
  return { data: data === undefined ? undefined : JSON.parse(JSON.stringify(data)), refused };
}

type Asked = { query: string; as?: Principal | null; variables?: Variables; rootValue?: unknown };

function argumentsOf(schema: GraphQLSchema, { query, as = null, variables, rootValue }: Asked) {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const contextValue: Context = { principal: as };
  return { schema, document, contextValue, variableValues: variables, rootValue };
}

/** Runs a query or mutation that must be answered synchronously. */
export function askSync(schema: GraphQLSchema, asked: Asked): Answer {
  const result = execute(argumentsOf(schema, asked));
  expect(result).not.toBeInstanceOf(Promise);
  return answerOf(result as ExecutionResult);
}

export async function ask(schema: GraphQLSchema, asked: Asked): Promise<Answer> {
  return answerOf(await execute(argumentsOf(schema, asked)));
}

/** Begins a subscription as `as`; answers its events one by one, each as who `next` is given; or the refusal to begin. */
export async function listen(schema: GraphQLSchema, asked: Asked) {
  const args = argumentsOf(schema, asked);
  const stream = await subscribe(args);
  if (!(Symbol.asyncIterator in stream)) return { refusal: answerOf(stream), next: null };
  const next = async (as: Principal | null): Promise<Answer> => {
    args.contextValue.principal = as;
    const event = await stream.next();
    return answerOf(event.value as ExecutionResult);
  };
  return { refusal: null, next };
}
