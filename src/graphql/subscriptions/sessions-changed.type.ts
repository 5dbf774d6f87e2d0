import { Field, ID, ObjectType } from "type-graphql";

@ObjectType({ description: "You were signed in somewhere, or a session of yours has ended." })
export class SessionsChanged {
  @Field(() => String, { description: "`added` or `ended`." })
  kind!: string;

  @Field(() => ID)
  sessionId!: string;
}
