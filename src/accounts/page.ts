import { MusterError } from "../errors.js";

/** One page of a list. */
export type Page<T> = {
  items: { cursor: string; item: T }[];
  hasNext: boolean;
  hasPrevious: boolean;
  totalCount?: number;
};

/** What a client asks for: `first` 1 to 200, 20 by default; `after` a cursor of the same list. */
export type PageRequest = { first?: number | null | undefined; after?: string | null | undefined };

const defaultSize = 20;
const largestSize = 200;

/** @throws MusterError `PAGE_SIZE_INVALID` */
export function parsePageSize({ first }: PageRequest): number {
  const size = first ?? defaultSize;
  if (size < 1 || size > largestSize) throw new MusterError("PAGE_SIZE_INVALID");
  return size;
}

export const makeCursor = (place: string) => Buffer.from(place).toString("base64url");

/** The place that a cursor stands for; null where there is none. @throws MusterError `CURSOR_INVALID` */
export function parseCursor({ after }: PageRequest): string | null {
  if (after == null) return null;
  const place = Buffer.from(after, "base64url").toString();
  if (place === "" || makeCursor(place) !== after) throw new MusterError("CURSOR_INVALID");
  return place;
}
