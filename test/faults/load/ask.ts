import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { type Answer, send } from "../../../src/testing/client.js";
import {
  type CredentialsFragment,
  LoginDocument,
  LogoutDocument,
  LogoutEverywhereDocument,
  LogoutOthersDocument,
  LogoutSessionDocument,
  MeDocument,
  RefreshDocument,
  SignupDocument,
} from "../../../src/testing/operations.js";
import type { Kind, Operation, Outcome } from "../../history/operation.js";

/** A session as the app on a device holds it. */
export type Device = { session: string; accessToken: string; refreshToken: string; generation: number };

/** Who is asked. */
export type Asked = { name: string; url(): string };

/** Asks servers on behalf of one user, and notes down what came of it. Null where nobody listened: nothing was sent. */
export type Ask = {
  /** Makes the account. */
  signUp(at: Asked): Promise<Told<Device> | null>;
  login(at: Asked, options?: AskOptions): Promise<Told<Device> | null>;
  /** The device has the new tokens, where it was answered. */
  refresh(at: Asked, device: Device, options?: AskOptions): Promise<Operation | null>;
  request(at: Asked, device: Device, options?: AskOptions): Promise<Operation | null>;
  end(kind: Ending, at: Asked, device: Device, options?: AskOptions & { target?: string }): Promise<Operation | null>;
};

export type Ending = "logout" | "logoutSession" | "logoutOthers" | "logoutEverywhere";
type AskOptions = { patienceMs?: number };
type Told<T> = { operation: Operation; made: T | null };

const password = "a long sentence for tests";
/** Longer than a server that runs takes for any answer. */
const patienceMs = 5_000;

export function createAsk({
  user,
  client,
  operations,
}: {
  /** An address that nobody else has. */
  user: string;
  client: string;
  /** The log that all clients write. */
  operations: Operation[];
}): Ask {
  async function ask<T, V>(
    kind: Kind,
    at: Asked,
    facts: Partial<Operation>,
    document: TypedDocumentNode<T, V>,
    variables: V,
    { token, patienceMs: limitMs = patienceMs }: { token?: string } & AskOptions,
  ): Promise<Told<T> | null> {
    const beganMs = performance.now();
    const base = { kind, client, instance: at.name, user, beganMs, ...facts };
    const note = (outcome: Outcome, reason: string | undefined, data: T | null = null) => {
      const operation = { ...base, endedMs: performance.now(), outcome, reason };
      operations.push(operation);
      return { operation, made: data };
    };
    try {
      const answer = await send(at.url(), document, variables, {
        token: token ?? null,
        signal: AbortSignal.timeout(limitMs),
      });
      const { outcome, reason } = outcomeOf(answer);
      return note(outcome, reason, outcome === "ok" ? answer.data : null);
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string };
      return code === "ECONNREFUSED" ? null : note("unknown", code ?? (error as Error).name);
    }
  }

  const deviceOf = ({ accessToken, refreshToken, session }: CredentialsFragment): Device => {
    const token = refreshToken ?? "";
    return { session: session.id, accessToken, refreshToken: token, generation: generationOf(token) };
  };

  const given = <T>(told: Told<T> | null, credentialsOf: (made: T) => CredentialsFragment): Told<Device> | null => {
    if (!told?.made) return told && { ...told, made: null };
    const credentials = credentialsOf(told.made);
    const made = deviceOf(credentials);
    Object.assign(told.operation, { made: made.session, answeredAs: credentials.user.email });
    return { ...told, made };
  };
  const input = { email: user, password };

  return {
    async signUp(at) {
      return given(await ask("login", at, {}, SignupDocument, { input }, {}), (made) => made.signup);
    },

    async login(at, options = {}) {
      return given(await ask("login", at, {}, LoginDocument, { input }, options), (made) => made.login);
    },

    async refresh(at, device, options = {}) {
      const { session, generation, refreshToken } = device;
      const variables = { input: { refreshToken } };
      const told = await ask("refresh", at, { session, generation }, RefreshDocument, variables, options);
      if (told?.made) {
        const made = deviceOf(told.made.refresh);
        Object.assign(told.operation, { made: made.session, answeredAs: told.made.refresh.user.email });
        if (made.generation > device.generation) Object.assign(device, made);
      }
      return told?.operation ?? null;
    },

    async request(at, { session, generation, accessToken: token }, options = {}) {
      const told = await ask("request", at, { session, generation }, MeDocument, {}, { ...options, token });
      if (told?.made) Object.assign(told.operation, { answeredAs: told.made.me.email });
      return told?.operation ?? null;
    },

    async end(kind, at, { session, generation, accessToken: token }, { target, ...options } = {}) {
      const facts = { session, generation, target };
      const told =
        kind === "logoutSession"
          ? await ask(kind, at, facts, LogoutSessionDocument, { id: target ?? "" }, { ...options, token })
          : await ask<unknown, Record<string, never>>(kind, at, facts, whole[kind], {}, { ...options, token });
      return told?.operation ?? null;
    },
  };
}

/** Those that name nothing. */
const whole = {
  logout: LogoutDocument,
  logoutOthers: LogoutOthersDocument,
  logoutEverywhere: LogoutEverywhereDocument,
} as const;

/** A refresh token is `userId.sessionId.generation.mac`. */
const generationOf = (refreshToken: string) => Number(refreshToken.split(".")[2]);

function outcomeOf({ status, errors, code, reason }: Answer<unknown>): {
  outcome: Outcome;
  reason?: string | undefined;
} {
  if (status === 200 && errors.length === 0) return { outcome: "ok" };
  if (status === 401 && code === "UNAUTHENTICATED") return { outcome: "refused", reason };
  if (status === 503) return { outcome: "unavailable", reason };
  return { outcome: "wrong", reason: [status, code, reason].join(" ") };
}
