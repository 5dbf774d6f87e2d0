import { Arg, Ctx, Directive, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import { listSessions } from "../../accounts/list-sessions.js";
import { logout } from "../../accounts/logout.js";
import { logoutEverywhere } from "../../accounts/logout-everywhere.js";
import { logoutOthers } from "../../accounts/logout-others.js";
import { logoutSession } from "../../accounts/logout-session.js";
import { type MusterContext, requestOf } from "../context.js";
import { RevocationPayload } from "./revocation-payload.type.js";
import { SessionConnection } from "./session.connection.js";
import { Session } from "./session.type.js";
import { viewOfSession } from "./session-view.js";

@Resolver(() => Session)
export class SessionResolver {
  @Directive("@authenticated")
  @Query(() => SessionConnection, { description: "Where you are signed in, newest first." })
  async sessions(
    @Ctx() context: MusterContext,
    @Arg("first", () => Int, { nullable: true, description: "20 by default, at most 200." }) first?: number | null,
    @Arg("after", () => String, { nullable: true }) after?: string | null,
  ): Promise<SessionConnection> {
    const { parts, admitted } = requestOf(context);
    const asker = await admitted();
    const page = await listSessions(parts, asker, { first, after });
    return SessionConnection.of(page, (session) => viewOfSession(session, asker.claims.sid));
  }

  @Directive("@authenticated")
  @Mutation(() => RevocationPayload, { description: "Ends this session." })
  async logout(@Ctx() context: MusterContext): Promise<RevocationPayload> {
    const { parts, admitted, clearCookies } = requestOf(context);
    const revokedCount = await logout(parts, await admitted());
    clearCookies();
    return { revokedCount };
  }

  @Directive("@authenticated")
  @Mutation(() => RevocationPayload, { description: "Ends one of your sessions; an unknown id ends nothing." })
  async logoutSession(@Ctx() context: MusterContext, @Arg("id", () => ID) id: string): Promise<RevocationPayload> {
    const { parts, admitted, clearCookies } = requestOf(context);
    const asker = await admitted();
    const revokedCount = await logoutSession(parts, asker, id);
    if (id === asker.claims.sid) clearCookies();
    return { revokedCount };
  }

  @Directive("@authenticated")
  @Mutation(() => RevocationPayload, { description: "Ends all your sessions but this one." })
  async logoutOthers(@Ctx() context: MusterContext): Promise<RevocationPayload> {
    const { parts, admitted } = requestOf(context);
    return { revokedCount: await logoutOthers(parts, await admitted()) };
  }

  @Directive("@authenticated")
  @Mutation(() => RevocationPayload, { description: "Ends all your sessions, this one included." })
  async logoutEverywhere(@Ctx() context: MusterContext): Promise<RevocationPayload> {
    const { parts, admitted, clearCookies } = requestOf(context);
    const revokedCount = await logoutEverywhere(parts, await admitted());
    clearCookies();
    return { revokedCount };
  }
}
