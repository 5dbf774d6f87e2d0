import { Field, Int, ObjectType } from "type-graphql";

@ObjectType({
  description: "What a mutation ended. When it has answered, no token of those sessions is good any more.",
})
export class RevocationPayload {
  @Field(() => Int, { description: "How many sessions that had not run out were ended." })
  revokedCount!: number;
}
