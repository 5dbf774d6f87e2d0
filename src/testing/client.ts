import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { type DocumentNode, type FormattedExecutionResult, type GraphQLFormattedError, print } from "graphql";
import {
  ChangePasswordDocument,
  type ChangePasswordInput,
  type CredentialsFragment,
  LoginDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  LogoutOthersDocument,
  LogoutSessionDocument,
  MeDocument,
  RefreshDocument,
  SessionsDocument,
  SignupDocument,
} from "./operations.js";

/** One answer of a server, refused or not. */
export type Answer<T> = {
  status: number;
  headers: Headers;
  data: T | null | undefined;
  errors: readonly GraphQLFormattedError[];
  /** What the answer says beside its data: `extensions.muster`. */
  muster: Record<string, unknown> | undefined;
  /** `extensions.code` and `extensions.reason` of the first error. */
  code: string | undefined;
  reason: string | undefined;
};

export type RequestOptions = { token?: string | null; headers?: Record<string, string>; signal?: AbortSignal };

/** Sends one operation over HTTP. Rejects only where there was no answer. */
export async function send<T, V>(
  url: string,
  document: TypedDocumentNode<T, V> | string,
  variables?: V,
  { token, headers, signal }: RequestOptions = {},
): Promise<Answer<T>> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }), ...headers },
    body: JSON.stringify({ query: textOf(document), variables }),
    ...(signal && { signal }),
  });
  const { data, errors = [], extensions } = (await response.json()) as FormattedExecutionResult<T>;
  const muster = extensions?.muster as Record<string, unknown> | undefined;
  const { code, reason } = (errors[0]?.extensions ?? {}) as { code?: string; reason?: string };
  return { status: response.status, headers: response.headers, data, errors, muster, code, reason };
}

const texts = new WeakMap<object, string>();

function textOf(document: DocumentNode | string): string {
  if (typeof document === "string") return document;
  const text = texts.get(document) ?? print(document);
  texts.set(document, text);
  return text;
}

/** What an answer carried. @throws Error with code and reason where it was refused */
export function dataOf<T>({ status, data, errors }: Answer<T>): T {
  if (errors.length > 0 || data == null) throw new Error(`${status} ${JSON.stringify(errors)}`);
  return data;
}

/** A signed-in user of a test: one session, its tokens kept as an app would keep them. */
export type TestClient = {
  readonly url: string;
  readonly email: string;
  readonly password: string;
  /** What signing in, refreshing or changing the password gave last. */
  readonly credentials: CredentialsFragment;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Sends an operation with this client's access token, or with another. */
  request<T, V>(
    document: TypedDocumentNode<T, V> | string,
    variables?: V,
    options?: RequestOptions,
  ): Promise<Answer<T>>;
  me(): Promise<Answer<unknown>>;
  /** The ids of the user's sessions, newest first. */
  sessionIds(): Promise<string[]>;
  /** The same user signed in on one more device. @throws Error when refused */
  login(options?: { url?: string; deviceName?: string }): Promise<TestClient>;
  /** @throws Error when refused */
  refresh(): Promise<void>;
  changePassword(input: Partial<ChangePasswordInput> & { newPassword: string }): Promise<void>;
  logout(): Promise<number>;
  logoutSession(id: string): Promise<number>;
  logoutOthers(): Promise<number>;
  logoutEverywhere(): Promise<number>;
};

/** A client that holds these credentials. */
export function createClient(
  url: string,
  { email, password }: { email: string; password: string },
  first: CredentialsFragment,
): TestClient {
  let credentials = first;
  let current = password;
  const request: TestClient["request"] = (document, variables, { token = credentials.accessToken, ...options } = {}) =>
    send(url, document, variables, { token, ...options });
  const carriedOut = async <T, V>(document: TypedDocumentNode<T, V>, variables?: V) =>
    dataOf(await request(document, variables));

  return {
    url,
    email,
    get password() {
      return current;
    },
    get credentials() {
      return credentials;
    },
    get accessToken() {
      return credentials.accessToken;
    },
    get refreshToken() {
      return credentials.refreshToken ?? "";
    },
    request,
    me: () => request(MeDocument),
    sessionIds: async () => (await carriedOut(SessionsDocument, { first: 200 })).sessions.nodes.map(({ id }) => id),
    login: (options = {}) => login(options.url ?? url, { email, password: current, ...options }),
    async refresh() {
      const input = { refreshToken: credentials.refreshToken };
      credentials = dataOf(await send(url, RefreshDocument, { input })).refresh;
    },
    async changePassword(input) {
      const answer = await carriedOut(ChangePasswordDocument, { input: { currentPassword: current, ...input } });
      credentials = answer.changePassword;
      current = input.newPassword;
    },
    logout: async () => (await carriedOut(LogoutDocument)).logout.revokedCount,
    logoutSession: async (id) => (await carriedOut(LogoutSessionDocument, { id })).logoutSession.revokedCount,
    logoutOthers: async () => (await carriedOut(LogoutOthersDocument)).logoutOthers.revokedCount,
    logoutEverywhere: async () => (await carriedOut(LogoutEverywhereDocument)).logoutEverywhere.revokedCount,
  };
}

/** Signs a user in. @throws Error when refused */
export async function login(
  url: string,
  { email, password, deviceName }: { email: string; password: string; deviceName?: string },
): Promise<TestClient> {
  const answer = await send(url, LoginDocument, { input: { email, password, deviceName } });
  return createClient(url, { email, password }, dataOf(answer).login);
}

let count = 0;

/** Makes an account nobody else has, and signs in. @throws Error when refused */
export async function signUp(
  url: string,
  {
    email,
    password = "a long sentence for tests",
    deviceName,
  }: { email?: string; password?: string; deviceName?: string } = {},
): Promise<TestClient> {
  const address = email ?? `user-${process.pid}-${Date.now().toString(36)}-${count++}@test.example`;
  const answer = await send(url, SignupDocument, { input: { email: address, password, deviceName } });
  return createClient(url, { email: address, password }, dataOf(answer).signup);
}
