import { GraphQLDateTime } from "graphql-scalars";
import { Arg, Ctx, Directive, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import { findUser } from "../../accounts/find-user.js";
import { listUsers } from "../../accounts/list-users.js";
import { type MusterContext, requestOf } from "../context.js";
import { UserConnection } from "./user.connection.js";
import { UserFilter } from "./user.input.js";
import { User } from "./user.type.js";
import { viewOfState, viewOfUser } from "./user-view.js";

/** What a view from the auth state lacks, read once for each user of an answer. */
const rest = new WeakMap<User, Promise<User | null>>();

async function theRest(user: User, context: MusterContext): Promise<User | null> {
  if (user.lastLoginAt !== undefined) return user;
  const found = rest.get(user) ?? findUser(requestOf(context).parts, user.id).then((each) => each && viewOfUser(each));
  rest.set(user, found);
  return found;
}

@Resolver(() => User)
export class UserResolver {
  @Directive("@authenticated")
  @Query(() => User, { description: "Who you are." })
  async me(@Ctx() context: MusterContext): Promise<User> {
    return viewOfState((await requestOf(context).user()).state);
  }

  @Directive('@requiresRole(roles: ["admin"])')
  @Query(() => UserConnection, { description: "All users, in a fixed order." })
  async users(
    @Ctx() context: MusterContext,
    @Arg("filter", () => UserFilter, { nullable: true }) filter?: UserFilter | null,
    @Arg("first", () => Int, { nullable: true, description: "20 by default, at most 200." }) first?: number | null,
    @Arg("after", () => String, { nullable: true }) after?: string | null,
  ): Promise<UserConnection> {
    const page = await listUsers(requestOf(context).parts, { filter: filter ?? {}, first, after });
    return UserConnection.of(page, viewOfUser);
  }

  @Directive('@requiresRole(roles: ["admin"])')
  @Query(() => User, { nullable: true, description: "One user, or null." })
  async user(@Ctx() context: MusterContext, @Arg("id", () => ID) id: string): Promise<User | null> {
    const user = await findUser(requestOf(context).parts, id);
    return user && viewOfUser(user);
  }

  @FieldResolver(() => GraphQLDateTime, { nullable: true })
  async lastLoginAt(@Root() user: User, @Ctx() context: MusterContext): Promise<Date | null> {
    return (await theRest(user, context))?.lastLoginAt ?? null;
  }

  @FieldResolver(() => GraphQLDateTime, { nullable: true })
  async lastLogoutAt(@Root() user: User, @Ctx() context: MusterContext): Promise<Date | null> {
    return (await theRest(user, context))?.lastLogoutAt ?? null;
  }

  @FieldResolver(() => GraphQLDateTime, { nullable: true })
  async passwordChangedAt(@Root() user: User, @Ctx() context: MusterContext): Promise<Date | null> {
    return (await theRest(user, context))?.passwordChangedAt ?? null;
  }
}
