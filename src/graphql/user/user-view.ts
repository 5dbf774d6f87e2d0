import type { AuthState } from "../../auth-state/auth-state.js";
import type { UserDocument } from "../../store/user.model.js";
import type { User } from "./user.type.js";

/** A user as the database has it, for an answer. */
export function viewOfUser(user: UserDocument): User {
  return {
    id: String(user._id),
    email: user.email,
    roles: user.roles ?? [],
    scopes: user.scopes ?? [],
    enabled: user.enabled !== false,
    createdAt: user.createdAt ?? new Date(0),
    lastLoginAt: user.lastLoginAt ?? null,
    lastLogoutAt: user.lastLogoutAt ?? null,
    passwordChangedAt: user.passwordChangedAt ?? null,
  };
}

/** A user as the auth state has it: without what admission does not need, which costs a read where it is asked for. */
export function viewOfState({ id, email, roles, scopes, enabled, createdAt }: AuthState): User {
  return { id, email, roles, scopes, enabled, createdAt };
}
