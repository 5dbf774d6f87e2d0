import type { Admitted } from "../authenticate.js";
import { MusterError } from "../errors.js";
import type { Parts } from "../parts.js";
import { liveSessionsOf } from "../sessions/is-live.js";
import type { SessionElement } from "../store/user.model.js";
import { makeCursor, type Page, type PageRequest, parseCursor, parsePageSize } from "./page.js";

/**
 * The sessions of a user that are live, newest first.
 * @throws MusterError `NO_SUCH_USER`, `PAGE_SIZE_INVALID`, `CURSOR_INVALID`, `STORE_UNREACHABLE`
 */
export async function listSessions(
  { users, clock, rules }: Parts,
  { userId }: Pick<Admitted, "userId">,
  request: PageRequest,
): Promise<Page<SessionElement>> {
  const size = parsePageSize(request);
  const after = parseCursor(request);
  if (after !== null && !placeForm.test(after)) throw new MusterError("CURSOR_INVALID");
  const _id = users.parseId(userId);
  if (_id === undefined) throw new MusterError("NO_SUCH_USER");
  const found = await users.findWithSystem({ _id }, { fields: ["tokensValidAfter", "sessions"] });
  if (!found) throw new MusterError("NO_SUCH_USER");
  const nowMs = clock.now();
  // places sort as text: the newest first, and a session that is gone still marks where it stood
  const live = liveSessionsOf(found.user, { rules, system: found.system, nowMs });
  const all = live.map((item) => ({ place: placeOf(item), item })).sort((a, b) => (a.place < b.place ? 1 : -1));
  const rest = after === null ? all : all.filter(({ place }) => place < after);
  return {
    items: rest.slice(0, size).map(({ place, item }) => ({ cursor: makeCursor(place), item })),
    hasNext: rest.length > size,
    hasPrevious: rest.length < all.length,
    totalCount: all.length,
  };
}

const placeForm = /^\d{4}-\d\d-\d\dT[\d:.]{12}Z [\w-]{22}$/;
const placeOf = ({ createdAt, id }: SessionElement) => `${createdAt.toISOString()} ${id}`;
