import { type DirectiveName, directiveNames } from "./definitions.js";

/**
 * The directive of ours that `name` is probably meant to be: at most two letters away, whatever their case; else undefined.
 * Code-first builders accept directives that nobody defined, and a misspelt one would guard nothing.
 */
export function findMeantDirective(name: string): DirectiveName | undefined {
  return directiveNames.find((ours) => distance(name.toLowerCase(), ours.toLowerCase()) <= 2);
}

/** Levenshtein's distance: the fewest letters to add, drop or change. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const change = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
