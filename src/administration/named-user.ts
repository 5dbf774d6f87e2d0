import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";

/** What an administrator's mutation came to, beside what it answers with. */
export type Administered<T> = T & {
  /** Until when access tokens live on that were ended, where the strategy can't end them. */
  accessTokensLiveUntil?: Date | undefined;
};

/** The `_id` of the user that an administrator names. @throws MusterError `NO_SUCH_USER` for what can be nobody's */
export function parseUserId({ users }: Pick<Parts, "users">, id: string): unknown {
  const _id = users.parseId(id);
  if (_id === undefined) throw new MusterError("NO_SUCH_USER");
  return _id;
}

/** What there is, where a filter by `_id` alone has to have matched. @throws MusterError `NO_SUCH_USER` */
export function present<T>(found: T | null): T {
  if (found === null) throw new MusterError("NO_SUCH_USER");
  return found;
}
