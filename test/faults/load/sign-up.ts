import type { Operation } from "../../history/operation.js";
import { type Ask, type Asked, createAsk, type Device } from "./ask.js";

/** A user with one session. */
export type SignedUp = { user: string; ask: Ask; device: Device };

const mostTries = 10;

/**
 * Makes an account for somebody of this name. A machine that is busy may answer 503 for a while, and then it may have been made: whoever
 * tries again takes another address.
 *
 * @param name that nobody else has
 * @throws Error where that fails ten times
 */
export async function signUp(name: string, at: Asked, operations: Operation[]): Promise<SignedUp> {
  for (let tries = 1; tries <= mostTries; tries++) {
    const user = `${name}${tries === 1 ? "" : `-${tries}`}@test.example`;
    const ask = createAsk({ user, client: name, operations });
    const told = await ask.signUp(at);
    if (told?.made) return { user, ask, device: told.made };
  }
  throw new Error(`${name} could not sign up.`);
}
