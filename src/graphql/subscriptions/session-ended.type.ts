import { Field, ID, ObjectType } from "type-graphql";

@ObjectType({ description: "Your session has ended: nothing comes after this." })
export class SessionEnded {
  @Field(() => ID)
  sessionId!: string;

  @Field(() => String, { description: "Why, such as `LOGGED_OUT_EVERYWHERE`." })
  reason!: string;
}
