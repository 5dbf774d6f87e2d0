/** What a server answered: what of the data, or why not. */
export type Reply = { status: number; data?: unknown; reason?: string | undefined };

/** Sends one operation with a token. */
export async function ask(port: number, query: string, token: string): Promise<Reply> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as {
    data?: unknown;
    errors?: { extensions: { reason?: string } }[];
  };
  return { status: response.status, data, reason: errors?.[0]?.extensions.reason };
}

/** As `ask`. @throws Error where it is not admitted: a fast answer that is wrong is worth nothing */
export async function askAs(port: number, query: string, token: string): Promise<void> {
  const { status, reason } = await ask(port, query, token);
  if (status !== 200 || reason !== undefined) throw new Error(`${query} was answered ${status} ${reason}`);
}
