import { Field, Int, ObjectType } from "type-graphql";

@ObjectType({
  description: "What a mutation ended. When it has answered, no token of those sessions is good any more.",
})
export class RevocationPayload {
  @Field(() => Int, {
    description:
      "How many live sessions were ended; -1 where all users' were and they were too many to be counted in time.",
  })
  revokedCount!: number;
}
