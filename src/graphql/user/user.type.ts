import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, ObjectType } from "type-graphql";

@ObjectType({ description: "An account." })
export class User {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  email!: string;

  @Field(() => [String], { description: "Read at every request: a change holds from the next one on." })
  roles!: readonly string[];

  @Field(() => [String])
  scopes!: readonly string[];

  @Field(() => Boolean)
  enabled!: boolean;

  @Field(() => GraphQLDateTime)
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true })
  lastLoginAt?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true })
  lastLogoutAt?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true })
  passwordChangedAt?: Date | null;
}
