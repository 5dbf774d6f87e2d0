export { type Clock, systemClock } from "./clock.js";
export { catalogue, type ErrorCode, MusterError, type Reason } from "./errors.js";
export type { MusterContext, MusterRequest, RequestLike } from "./graphql/context.js";
export { directives, directiveTypeDefs } from "./graphql/directives/index.js";
export { createMuster, type KeyOptions, type Muster, type MusterOptions } from "./muster.js";
export type { NewUserFields, VerifyPassword } from "./parts.js";
export type { Outcome, Principal } from "./principal.js";
export type { SessionRules } from "./sessions/rules.js";
export { StoreUnfitError } from "./store/prepare.js";
