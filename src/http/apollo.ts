import { ApolloServer, type ApolloServerPlugin, type BaseContext } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, type GraphQLSchema } from "graphql";
import { createFormatError } from "../graphql/format-error.js";
import { createLimits } from "../graphql/limits.js";
import { createPlugin, type SettledContext } from "../graphql/plugin.js";
import type { Log } from "../log.js";
import { type Deadline, deadlines } from "./deadline.js";

/** The context of every operation of this server. */
export type ServerContext = BaseContext & SettledContext & { deadline?: Deadline };

/**
 * Makes and starts the Apollo Server of this process: nothing is masked too little, nothing reports to anyone, no batches, no
 * persisted queries, no dependence on `NODE_ENV` or on Apollo's own variables. Introspection stays on: the API is public, and the
 * playground and code generators need it.
 */
export async function startApollo({
  schema,
  log,
}: {
  schema: GraphQLSchema;
  log: Log;
}): Promise<ApolloServer<ServerContext>> {
  const apollo = new ApolloServer<ServerContext>({
    schema,
    ...createLimits(),
    formatError: createFormatError({ schema }),
    includeStacktraceInErrorResponses: false,
    introspection: true,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    nodeEnv: "production",
    logger: quietLogger(log),
    plugins: [
      createPlugin<ServerContext>({ log, maskBugs: true }),
      byKindOfOperation,
      // each of these would look at every field, call home or show a page from a CDN
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await apollo.start();
  return apollo;
}

const byKindOfOperation: ApolloServerPlugin<ServerContext> = {
  requestDidStart: async () => ({
    async didResolveOperation({ operation, contextValue }) {
      if (operation?.operation === "mutation") contextValue.deadline?.extendTo(deadlines.mutation);
      // Apollo would run one event of it as if it were a query
      if (operation?.operation === "subscription") throw subscriptionRefused;
    },
  }),
};

const subscriptionRefused = new GraphQLError("Subscriptions are not served over HTTP.", {
  extensions: { code: "BAD_REQUEST", http: { status: 400 } },
});

/** Apollo appends the error's text to its lines: only what stands before the colon is kept. The plugin logs the error itself. */
function quietLogger(log: Log) {
  const upToColon = (message: unknown) => String(message).split(":", 1)[0] ?? "";
  return {
    debug: (message: unknown) => log.debug(upToColon(message)),
    info: (message: unknown) => log.info(upToColon(message)),
    warn: (message: unknown) => log.warn(upToColon(message)),
    error: (message: unknown) => log.error(upToColon(message)),
  };
}
