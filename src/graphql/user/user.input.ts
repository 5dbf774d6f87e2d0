import { Field, InputType } from "type-graphql";

@InputType({ description: "Which users: all of what is given must hold." })
export class UserFilter {
  @Field(() => String, { nullable: true, description: "The whole e-mail address." })
  email?: string | null;

  @Field(() => String, { nullable: true, description: "A role that they have." })
  role?: string | null;

  @Field(() => Boolean, { nullable: true })
  enabled?: boolean | null;
}
