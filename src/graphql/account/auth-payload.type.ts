import { GraphQLDateTime } from "graphql-scalars";
import { Field, ObjectType } from "type-graphql";
import type { Credentials } from "../../accounts/credentials.js";
import { type MusterRequest, tellLivingOn } from "../context.js";
import { Session } from "../session/session.type.js";
import { viewOfSession } from "../session/session-view.js";
import { User } from "../user/user.type.js";
import { viewOfUser } from "../user/user-view.js";

@ObjectType({ description: "What a client keeps after signing in." })
export class AuthPayload {
  @Field(() => String, { description: "Send it as `Authorization: Bearer …`. Empty where a cookie carries it." })
  accessToken!: string;

  @Field(() => GraphQLDateTime)
  accessTokenExpiresAt!: Date;

  @Field(() => String, { nullable: true, description: "Good for one refresh. Null where a cookie carries it." })
  refreshToken!: string | null;

  @Field(() => GraphQLDateTime, { nullable: true })
  refreshTokenExpiresAt!: Date | null;

  @Field(() => Session)
  session!: Session;

  @Field(() => User)
  user!: User;
}

/** Hands credentials to the client, by cookie what goes by cookie. */
export function payloadOf(credentials: Credentials, request: MusterRequest): AuthPayload {
  const { accessTokenExpiresAt, refreshTokenExpiresAt, session, user } = tellLivingOn(request, credentials);
  return {
    ...request.handOver(credentials),
    accessTokenExpiresAt,
    refreshTokenExpiresAt,
    session: viewOfSession(session, session.id),
    user: viewOfUser(user),
  };
}
