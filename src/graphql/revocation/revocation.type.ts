import { Field, Int, ObjectType } from "type-graphql";

@ObjectType({ description: "How this server takes tokens back, as it holds right now." })
export class Revocation {
  @Field(() => String, { description: "How access tokens are judged and ended." })
  strategy!: string;

  @Field(() => String, {
    description: "`leased`: from memory that is proved fresh. `read-through`: one read a request.",
  })
  mode!: string;

  @Field(() => Int, {
    description: "How long memory may answer after a proof; how long a silent server is waited for.",
  })
  leaseMs!: number;

  @Field(() => Int, { description: "How long memory may still answer; 0: it is not used now." })
  freshForMs!: number;

  @Field(() => Int, { description: "How many servers are registered." })
  instances!: number;

  @Field(() => [String], { description: "What can be ended at once." })
  capabilities!: readonly string[];
}
