export type { MaybePromise } from "../../maybe-promise.js";
export { directives, directiveTypeDefs } from "./definitions.js";
export type { Authorize } from "./guard.js";
export { type ProtectOptions, protectSchema } from "./protect-schema.js";
export type { Policies, Policy, Question } from "./rules.js";
export { isTokenIgnored } from "./token-ignored.js";
