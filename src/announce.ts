import type { Started } from "./start.js";

/** What a person who has just started the server for trying out wants to know. */
export function announce({ url, isReady, database, mode, strategy, keys }: Omit<Started, "port" | "close">): string {
  const operation =
    'mutation { signup(input: { email: "ada@example.com", password: "a long sentence of your own" }) { accessToken } }';
  return `
Muster is ${isReady ? "ready" : "listening, and answers 503 until its stores can be reached"}: ${url}

  database  ${database}
  mode      ${mode}
  strategy  ${strategy}
  keys      ${keys}

Sign up: open ${url} in a browser, or send

  curl ${url} -H 'content-type: application/json' --data '${JSON.stringify({ query: operation })}'

Ctrl-C ends it.
`;
}
