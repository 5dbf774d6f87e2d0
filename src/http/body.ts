import { MIMEType } from "node:util";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { badRequest, type ErrorAnswer } from "./answer.js";

/** The largest body that is read, in bytes. */
export const bodyLimit = 1_048_576;

/** A body that is refused, and the answer to it. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly statusCode: number;
  readonly answer: ErrorAnswer;

  constructor(answer: ErrorAnswer) {
    super(answer.message);
    this.answer = answer;
    this.statusCode = answer.status;
  }
}

/** Any body but a form that browsers send unasked: 415. */
export const unsupportedMediaType: ErrorAnswer = {
  status: 415,
  code: "BAD_REQUEST",
  message: "The body must be JSON in UTF-8: `content-type: application/json`.",
};

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Lets the server take bodies of `application/json` in UTF-8 (RFC 8259 section 8.1; a byte order mark is ignored) and nothing else: no
 * other charset, no content coding, no bytes that are not UTF-8, no keys that reach an object's prototype.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    (request: FastifyRequest, bytes: Buffer, done) => {
      try {
        // callbacks: the default parser has no other form
        void parseJson(request, decode(request, bytes), done);
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

function decode({ headers }: FastifyRequest, bytes: Buffer): string {
  const charset = charsetOf(headers["content-type"] ?? "");
  if (charset !== null && charset !== "utf-8" && charset !== "utf8") throw new BodyError(unsupportedMediaType);
  const coding = headers["content-encoding"];
  if (coding !== undefined && coding.toLowerCase() !== "identity") throw new BodyError(unsupportedMediaType);
  try {
    return utf8.decode(bytes);
  } catch {
    throw new BodyError(badRequest("The body is not UTF-8."));
  }
}

function charsetOf(contentType: string): string | null {
  try {
    return new MIMEType(contentType).params.get("charset")?.toLowerCase() ?? null;
  } catch {
    throw new BodyError(unsupportedMediaType);
  }
}
