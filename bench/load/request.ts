/** A POST of one GraphQL operation as bytes, made once: a client that builds nothing can be quicker than any server. */
export function requestBytes(
  { query, variables }: { query: string; variables?: Record<string, unknown> },
  token?: string,
): Buffer {
  const body = JSON.stringify({ query, variables });
  const head = [
    "POST /graphql HTTP/1.1",
    "host: 127.0.0.1",
    "user-agent: muster-bench",
    "accept: application/json",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}
