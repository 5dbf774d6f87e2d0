import { Field, InputType } from "type-graphql";

@InputType()
export class SignupInput {
  @Field(() => String)
  email!: string;

  @Field(() => String)
  password!: string;

  @Field(() => String, { nullable: true, description: "How this device shall be called in the list of sessions." })
  deviceName?: string | null;
}

@InputType()
export class LoginInput {
  @Field(() => String)
  email!: string;

  @Field(() => String)
  password!: string;

  @Field(() => String, { nullable: true, description: "How this device shall be called in the list of sessions." })
  deviceName?: string | null;
}

@InputType()
export class RefreshInput {
  @Field(() => String, { nullable: true, description: "Left out where a cookie carries it." })
  refreshToken?: string | null;
}

@InputType()
export class ChangePasswordInput {
  @Field(() => String)
  currentPassword!: string;

  @Field(() => String)
  newPassword!: string;

  @Field(() => Boolean, { defaultValue: false, description: "End this session too, and answer with a new one." })
  logoutEverywhere!: boolean;
}
