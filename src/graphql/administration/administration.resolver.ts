import { GraphQLDateTime } from "graphql-scalars";
import { Arg, Ctx, Directive, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import { listSessions } from "../../accounts/list-sessions.js";
import { deleteUser } from "../../administration/delete-user.js";
import { endAllSessions } from "../../administration/end-all-sessions.js";
import { endUserSession } from "../../administration/end-user-session.js";
import { endUserSessions } from "../../administration/end-user-sessions.js";
import { replaceSubject } from "../../administration/replace-subject.js";
import { setUserEnabled } from "../../administration/set-user-enabled.js";
import { setUserRoles } from "../../administration/set-user-roles.js";
import { type MusterContext, requestOf, tellLivingOn } from "../context.js";
import { RevocationPayload } from "../session/revocation-payload.type.js";
import { SessionConnection } from "../session/session.connection.js";
import { viewOfSession } from "../session/session-view.js";
import { User } from "../user/user.type.js";
import { viewOfUser } from "../user/user-view.js";

const beforeWhen = "With it, only what was issued before; not in the future.";

@Resolver()
export class AdministrationResolver {
  @Directive('@requiresRole(roles: ["admin"])')
  @Query(() => SessionConnection, { description: "Where a user is signed in, newest first." })
  async userSessions(
    @Ctx() context: MusterContext,
    @Arg("userId", () => ID) userId: string,
    @Arg("first", () => Int, { nullable: true, description: "20 by default, at most 200." }) first?: number | null,
    @Arg("after", () => String, { nullable: true }) after?: string | null,
  ): Promise<SessionConnection> {
    const { parts, admitted } = requestOf(context);
    const { claims } = await admitted();
    const page = await listSessions(parts, { userId }, { first, after });
    return SessionConnection.of(page, (session) => viewOfSession(session, claims.sid));
  }

  @Directive('@requiresRole(roles: ["admin"])')
  @Mutation(() => User, { description: "Disables a user and ends all sessions, or enables one again." })
  async setUserEnabled(
    @Ctx() context: MusterContext,
    @Arg("id", () => ID) id: string,
    @Arg("enabled", () => Boolean) enabled: boolean,
  ): Promise<User> {
    const request = requestOf(context);
    return viewOfUser(tellLivingOn(request, await setUserEnabled(request.parts, { id, enabled })).user);
  }

  @Directive('@requiresRole(roles: ["admin"])')
  @Mutation(() => User, { description: "Gives a user these roles and no others, from the next request on." })
  async setUserRoles(
    @Ctx() context: MusterContext,
    @Arg("id", () => ID) id: string,
    @Arg("roles", () => [String]) roles: string[],
  ): Promise<User> {
    const request = requestOf(context);
    return viewOfUser(tellLivingOn(request, await setUserRoles(request.parts, { id, roles })).user);
  }

  @Directive('@requiresRole(roles: ["admin"])')
  @Mutation(() => RevocationPayload, { description: "Ends one session of a user; an unknown id ends nothing." })
  async endUserSession(
    @Ctx() context: MusterContext,
    @Arg("userId", () => ID) userId: string,
    @Arg("id", () => ID) id: string,
  ): Promise<RevocationPayload> {
    return { revokedCount: await endUserSession(requestOf(context).parts, { userId, id }) };
  }

  @Directive('@requiresRole(roles: ["admin"])')
  @Mutation(() => RevocationPayload, { description: "Ends all sessions of a user, or those of a time." })
  async endUserSessions(
    @Ctx() context: MusterContext,
    @Arg("userId", () => ID) userId: string,
    @Arg("issuedBefore", () => GraphQLDateTime, { nullable: true, description: beforeWhen }) issuedBefore?: Date | null,
  ): Promise<RevocationPayload> {
    return { revokedCount: await endUserSessions(requestOf(context).parts, { userId, issuedBefore }) };
  }

  @Directive('@requiresRole(roles: ["admin"])')
  @Mutation(() => RevocationPayload, { description: "Ends the sessions of all users, yours too, or those of a time." })
  async endAllSessions(
    @Ctx() context: MusterContext,
    @Arg("confirm", () => String, { description: "The name of the database." }) confirm: string,
    @Arg("issuedBefore", () => GraphQLDateTime, { nullable: true, description: beforeWhen }) issuedBefore?: Date | null,
  ): Promise<RevocationPayload> {
    return { revokedCount: await endAllSessions(requestOf(context).parts, { confirm, issuedBefore }) };
  }

  @Directive('@requiresRole(roles: ["admin"])')
  @Mutation(() => RevocationPayload, {
    description: "Gives a user another subject, so that no token with the old one is good any more; ends all sessions.",
  })
  async replaceSubject(
    @Ctx() context: MusterContext,
    @Arg("userId", () => ID) userId: string,
  ): Promise<RevocationPayload> {
    return { revokedCount: await replaceSubject(requestOf(context).parts, { userId }) };
  }

  @Directive('@requiresRole(roles: ["admin"])')
  @Mutation(() => RevocationPayload, { description: "Deletes a user, and ends all sessions." })
  async deleteUser(@Ctx() context: MusterContext, @Arg("id", () => ID) id: string): Promise<RevocationPayload> {
    const request = requestOf(context);
    const { revokedCount } = tellLivingOn(request, await deleteUser(request.parts, { id }));
    return { revokedCount };
  }
}
