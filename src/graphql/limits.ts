import { ApolloArmor } from "@escape.tech/graphql-armor";
import type { ParseOptions, ValidationContext, ValidationRule } from "graphql";
import { MusterError } from "../errors.js";
import { toGraphQLError } from "./format-error.js";

/** How much one operation may ask for. The playground's introspection needs about 190 tokens. */
export const limits = {
  /** Tokens in a document. Bounds the work of parsing and of validating, fan-out fragments included. */
  tokens: 1_000,
  /** Aliases in an operation, so that one request can't try many passwords. */
  aliases: 5,
  /** Levels of fields and fragments. */
  depth: 10,
  /** Directives in an operation. */
  directives: 10,
  /** Fields, each level weighing half as much again as the one above, times the size of the page where it is written out. */
  cost: 20_000,
  /** Errors in the answer to a document that does not validate, or to variables that do not fit. */
  errors: 10,
} as const;

/** The limits in the form that Apollo Server takes them in. Only one operation a request: batching is off by Apollo's default. */
export function createLimits(): {
  parseOptions: ParseOptions;
  validationRules: ValidationRule[];
  validationOptions: { maxErrors: number; hideSuggestions: boolean };
  executionOptions: { maxCoercionErrors: number };
} {
  const armor = new ApolloArmor({
    maxAliases: { n: limits.aliases, allowList: [], ...report("aliases", limits.aliases) },
    maxDepth: { n: limits.depth, ...report("levels of fields", limits.depth) },
    maxDirectives: { n: limits.directives, ...report("directives", limits.directives) },
    costLimit: { maxCost: limits.cost, ...report("fields, by a cost", limits.cost) },
    // `maxTokens` of the parser itself answers with a position, and hidden suggestions need no rewriting
    maxTokens: { enabled: false },
    blockFieldSuggestion: { enabled: false },
  });
  return {
    parseOptions: { maxTokens: limits.tokens },
    validationRules: armor.protect().validationRules,
    validationOptions: { maxErrors: limits.errors, hideSuggestions: true },
    executionOptions: { maxCoercionErrors: limits.errors },
  };
}

/** Lets a rule of armor answer with our error in place of its own. */
function report(what: string, most: number) {
  const message = `The operation asks for too much at once: more than ${most} ${what}.`;
  return {
    propagateOnRejection: false,
    onReject: [
      (context: ValidationContext | null) =>
        context?.reportError(toGraphQLError(new MusterError("OPERATION_TOO_LARGE", { message }))),
    ],
  };
}
