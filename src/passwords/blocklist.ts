import { dictionary } from "@zxcvbn-ts/language-common";

// Some 50,000 passwords out of leaks, in lower case, the most common one (rank 1) first (zxcvbn-ts, MIT). It leaves plain runs
// out: those are in `runs`.
const ranks: ReadonlyMap<string, number> = new Map(
  dictionary["passwords-common"].map((entry, index) => [entry, index + 1]),
);

// Neighbours in the alphabet and on keyboards. A part of one, from either end, is as common as the whole.
const runs = [
  "1234567890".repeat(12),
  "abcdefghijklmnopqrstuvwxyz".repeat(2),
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
  "1q2w3e4r5t6y7u8i9o0p",
  "q1w2e3r4t5y6u7i8o9p0",
  "!@#$%^&*()_+",
];
const shortestRun = 3;

// Two entries in a row are blocked where the product of their ranks is no more than this: a thousand times as many guesses as
// NIST allows an attacker, and every entry beside a run, but not yet every passphrase of two words.
const mostGuessesForTwo = 100_000;

/** The place of a text in the attacker's list, from 1; Infinity where it does not stand there. */
type RankOf = (text: string) => number;

/**
 * Whether attackers are likely to try the password early (NIST 800-63B-4, section 3.1.1.2): in whole, whatever its case, with
 * or without what is neither letter nor digit, it is an entry: a common password, a run of neighbours, this product's name or
 * a piece of the user's e-mail address; or two very common entries in a row; or an entry, or any four characters, repeated.
 *
 * Only the whole is judged: a passphrase may have common words in it.
 */
export function isBlocked(password: string, { email }: { email?: string }): boolean {
  const personal = wordsAround(email ?? "");
  const rankOf: RankOf = (text) =>
    personal.has(text) || isRun(text) ? 1 : (ranks.get(text) ?? Number.POSITIVE_INFINITY);
  return [fold(password), lettersAndDigits(password)].some(
    (text) => text !== "" && (Number.isFinite(rankOf(text)) || isTwoOf(text, rankOf) || isRepeated(text, rankOf)),
  );
}

function isTwoOf(text: string, rankOf: RankOf): boolean {
  for (let cut = 1; cut < text.length; cut += 1) {
    if (rankOf(text.slice(0, cut)) * rankOf(text.slice(cut)) <= mostGuessesForTwo) return true;
  }
  return false;
}

/** The last repetition may be cut short. */
function isRepeated(text: string, rankOf: RankOf): boolean {
  for (let period = 1; period <= text.length / 2; period += 1) {
    if (text.slice(period) !== text.slice(0, -period)) continue;
    if (period <= 4 || Number.isFinite(rankOf(text.slice(0, period)))) return true;
  }
  return false;
}

function isRun(text: string): boolean {
  if (text.length < shortestRun) return false;
  const backwards = [...text].reverse().join("");
  return runs.some((run) => run.includes(text) || run.includes(backwards));
}

/** The words that belong to this server and this user: the name, the address, its two sides and their parts. */
function wordsAround(email: string): Set<string> {
  const sides = [email, ...email.split("@")].map(fold);
  const parts = sides.flatMap((side) => side.split(/[^\p{L}\p{N}]+/u));
  const words = ["muster", ...sides, ...sides.map(lettersAndDigits), ...parts];
  return new Set(words.filter((word) => word.length >= 3));
}

// NFKC rather than NFC: to the attacker's list, full-width letters are only another spelling.
function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

function lettersAndDigits(text: string): string {
  return fold(text).replace(/[^\p{L}\p{N}]+/gu, "");
}
