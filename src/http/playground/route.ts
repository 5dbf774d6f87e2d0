import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { notFound, sendError } from "../answer.js";
import { createPlaygroundFiles, isPlaygroundFileName } from "./files.js";
import { page, pagePolicy } from "./page.js";

/**
 * Serves GraphiQL from this package: the files under `/playground/`, and the page, which `GET /graphql` sends to browsers.
 * @throws Error where GraphiQL is not installed
 */
export async function routePlayground(app: FastifyInstance) {
  const findFile = createPlaygroundFiles();

  app.get<{ Params: { name: string } }>("/playground/:name", async (request, reply) => {
    const { name } = request.params;
    if (!isPlaygroundFileName(name)) return sendError(request, reply, notFound);
    const { type, etag, plain, gzipped } = await findFile(name);
    reply.header("cache-control", "no-cache").header("etag", etag).header("vary", "Accept-Encoding");
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    const isGzipped = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    if (isGzipped) reply.header("content-encoding", "gzip");
    return reply.type(type).send(isGzipped ? gzipped : plain);
  });

  return {
    sendPage: (_: FastifyRequest, reply: FastifyReply) =>
      reply
        .header("cache-control", "no-cache")
        .header("content-security-policy", pagePolicy)
        .type("text/html; charset=utf-8")
        .send(page),
  };
}
