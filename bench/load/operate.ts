import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import type { Asker } from "./asker.js";
import { requestBytes } from "./request.js";

const texts = new Map<object, string>();

/** Sends one operation of the schema's. @throws Error where it was not carried out */
export async function operate<T, V extends Record<string, unknown>>(
  asker: Asker,
  document: TypedDocumentNode<T, V>,
  { token, variables }: { token?: string | undefined; variables?: V | undefined } = {},
): Promise<T> {
  const query = texts.get(document) ?? print(document);
  texts.set(document, query);
  const { status, body } = await asker.ask(requestBytes({ query, variables }, token));
  const text = body.toString();
  const { data, errors } = status === 0 ? { data: null } : (JSON.parse(text) as { data?: T | null; errors?: unknown });
  if (!data || errors !== undefined) throw new Error(`${status} ${text}`);
  return data;
}
