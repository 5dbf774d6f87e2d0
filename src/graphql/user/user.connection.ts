import { connectionTo } from "../connection.type.js";
import { User } from "./user.type.js";

export const UserConnection = connectionTo(User, "User");
export type UserConnection = InstanceType<typeof UserConnection>;
