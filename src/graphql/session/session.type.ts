import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, ObjectType } from "type-graphql";

@ObjectType({ description: "One login on one device." })
export class Session {
  @Field(() => ID)
  id!: string;

  @Field(() => GraphQLDateTime)
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: "Up to LAST_USED_SECONDS behind." })
  lastUsedAt!: Date;

  @Field(() => GraphQLDateTime, { description: "When it runs out unless it is refreshed." })
  expiresAt!: Date;

  @Field(() => String, { nullable: true })
  ip!: string | null;

  @Field(() => String, { nullable: true })
  userAgent!: string | null;

  @Field(() => String, { nullable: true })
  browser!: string | null;

  @Field(() => String, { nullable: true })
  os!: string | null;

  @Field(() => String, { nullable: true, description: "What the client called this device." })
  deviceName!: string | null;

  @Field(() => Boolean, { description: "Whether it is the session that asks." })
  isCurrent!: boolean;
}
