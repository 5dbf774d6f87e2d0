import { Ctx, Directive, Query, Resolver } from "type-graphql";
import { describeRevocation } from "../../revocation/describe.js";
import { type MusterContext, requestOf } from "../context.js";
import { Revocation } from "./revocation.type.js";

@Resolver()
export class RevocationResolver {
  @Directive('@requiresRole(roles: ["admin"])')
  @Query(() => Revocation, { description: "How tokens are taken back, and how fresh this server is." })
  async revocation(@Ctx() context: MusterContext): Promise<Revocation> {
    return describeRevocation(requestOf(context).parts);
  }
}
