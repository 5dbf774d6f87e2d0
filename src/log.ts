import pino, { type DestinationStream, type Logger } from "pino";

/** A structured log: one JSON object a line. */
export type Log = Logger;

/** What the log keeps of an error: never its message, because libraries quote what was submitted in theirs. */
export type ErrorDescription = {
  type: string;
  code?: string | number;
  at?: string[];
  cause?: ErrorDescription;
};

const framesKept = 12;
const causesKept = 4;

/** Describes an error by its type, its code, the stack's frames and its causes. */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  const at = framesOf(error);
  // a GraphQLError keeps the error that it stands for in `originalError`
  const cause = error.cause ?? (error as { originalError?: unknown }).originalError;
  return {
    type: error.constructor.name,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(at.length > 0 ? { at } : {}),
    ...(cause instanceof Error && depth < causesKept ? { cause: describeError(cause, depth + 1) } : {}),
  };
}

function framesOf({ stack = "", message }: Error): string[] {
  const messageStart = message === "" ? -1 : stack.indexOf(message);
  const frames = messageStart < 0 ? stack : stack.slice(messageStart + message.length);
  return frames
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .slice(0, framesKept)
    .map((line) => line.slice(7));
}

const secretNames = [
  "password",
  "currentPassword",
  "newPassword",
  "passwordHash",
  "token",
  "accessToken",
  "refreshToken",
  "refreshSeed",
  "jti",
  "secret",
  "privateKey",
  "authorization",
  "cookie",
  '["set-cookie"]',
  "body",
  "headers",
  "variables",
  "query",
];

const under = (prefix: string, name: string) => (name.startsWith("[") ? `${prefix}${name}` : `${prefix}.${name}`);
const redactedPaths = secretNames.flatMap((name) => [name, under("*", name), under("*.*", name)]);

/**
 * Makes the log of one process. Bodies, headers, tokens and passwords are cut out by name wherever somebody hands them in, errors
 * are logged by `describeError`; requests and replies (`req`, `res`) shrink to nothing but their id and status.
 *
 * @param level one of pino's levels, or `silent`
 * @param destination where the lines go; standard output by default
 */
export function createLog({ level, destination }: { level: string; destination?: DestinationStream }): Log {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: redactedPaths, censor: "[redacted]" },
      serializers: {
        err: (error: unknown) => describeError(error),
        req: (request: { id?: unknown }) => ({ id: request?.id }),
        res: (reply: { statusCode?: unknown }) => ({ status: reply?.statusCode }),
      },
      hooks: {
        // pino takes an error's message for the line's where the caller gives none
        logMethod(args, method) {
          const [first, message] = args as unknown as [unknown, unknown];
          const error = first instanceof Error ? first : (first as { err?: unknown } | null)?.err;
          if (error instanceof Error && (message === undefined || message === error.message)) {
            method.call(this, first instanceof Error ? { err: first } : (first as object), "failed");
          } else {
            method.apply(this, args);
          }
        },
      },
    },
    destination ?? pino.destination({ dest: 1, sync: false }),
  );
}

/** A log that says nothing. */
export const silentLog: Log = pino({ level: "silent" });
