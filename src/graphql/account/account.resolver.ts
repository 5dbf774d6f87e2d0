import { Arg, Ctx, Directive, Mutation, Resolver } from "type-graphql";
import { changePassword } from "../../accounts/change-password.js";
import { livingOn } from "../../accounts/living-on.js";
import { login } from "../../accounts/login.js";
import { refresh } from "../../accounts/refresh.js";
import { signup } from "../../accounts/signup.js";
import { MusterError } from "../../errors.js";
import { type MusterContext, requestOf, tellLivingOn } from "../context.js";
import { ChangePasswordInput, LoginInput, RefreshInput, SignupInput } from "./account.input.js";
import { AuthPayload, payloadOf } from "./auth-payload.type.js";

@Resolver()
export class AccountResolver {
  @Directive("@public(ignoreToken: true)")
  @Mutation(() => AuthPayload, { description: "Makes an account and signs in." })
  async signup(
    @Ctx() context: MusterContext,
    @Arg("input", () => SignupInput) input: SignupInput,
  ): Promise<AuthPayload> {
    const request = requestOf(context);
    return payloadOf(await signup(request.parts, input, request.client), request);
  }

  @Directive("@public(ignoreToken: true)")
  @Mutation(() => AuthPayload, { description: "Signs in: one more session." })
  async login(@Ctx() context: MusterContext, @Arg("input", () => LoginInput) input: LoginInput): Promise<AuthPayload> {
    const request = requestOf(context);
    return payloadOf(await login(request.parts, input, request.client), request);
  }

  @Directive("@public(ignoreToken: true)")
  @Mutation(() => AuthPayload, { description: "Exchanges the refresh token for the next one and a new access token." })
  async refresh(
    @Ctx() context: MusterContext,
    @Arg("input", () => RefreshInput) input: RefreshInput,
  ): Promise<AuthPayload> {
    const request = requestOf(context);
    try {
      const token = input.refreshToken ?? request.cookieToken ?? "";
      return payloadOf(await refresh(request.parts, token, request.client), request);
    } catch (error) {
      const refused = error instanceof MusterError ? error : null;
      if (refused?.code === "UNAUTHENTICATED" && input.refreshToken == null) request.clearCookies();
      if (refused?.reason === "REFRESH_REUSED")
        tellLivingOn(request, { accessTokensLiveUntil: livingOn(request.parts, "ONE_SESSION") });
      throw error;
    }
  }

  @Directive("@authenticated")
  @Mutation(() => AuthPayload, { description: "Replaces the password and ends the other sessions." })
  async changePassword(
    @Ctx() context: MusterContext,
    @Arg("input", () => ChangePasswordInput) input: ChangePasswordInput,
  ): Promise<AuthPayload> {
    const request = requestOf(context);
    return payloadOf(await changePassword(request.parts, await request.user(), input, request.client), request);
  }
}
