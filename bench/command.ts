/** Numbers that a command line may set: what each is otherwise, what under `--quick`, and what for. */
export type Numbers = Record<string, { usual: number; quick: number; what: string }>;

type Given = Record<string, string | boolean | undefined>;

/** A flag as a help text names it, with its text behind it in a column. */
export const flag = (text: string) => `  ${text.padEnd(24)}`;

/** What every benchmark takes beside its numbers, for `parseArgs`. */
export const switches = {
  record: { type: "boolean", default: false },
  quick: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** The numbers' options for `parseArgs`. */
export const optionsOf = <T extends Numbers>(numbers: T) =>
  Object.fromEntries(Object.keys(numbers).map((name) => [name, { type: "string" }])) as Record<
    keyof T,
    { type: "string" }
  >;

/** The numbers' lines of a help text. */
export const helpOf = (numbers: Numbers) =>
  Object.entries(numbers).map(([name, { usual, what }]) => `${flag(`--${name} N`)}${what} (${usual})`);

/** @throws Error where it is no positive number */
export function positive(name: string, given: unknown): number {
  const value = Number(given);
  if (!(value > 0)) throw new Error(`--${name} takes a number above 0.`);
  return value;
}

/**
 * What the command line says, and the usual where it says nothing.
 *
 * @throws Error for one that is no positive number
 */
export const readNumbers = <T extends Numbers>(numbers: T, given: Given) =>
  Object.fromEntries(
    Object.entries(numbers).map(([name, { usual, quick }]) => [
      name,
      positive(name, given[name] ?? (given.quick ? quick : usual)),
    ]),
  ) as Record<keyof T, number>;

/**
 * Runs a benchmark as its command line says: prints its help, or what is wrong with the command line or the figures,
 * in a sentence each.
 */
export async function runCommand<T>(
  { parse, help }: { parse: (argv: string[]) => T | "help"; help: string },
  run: (options: T) => Promise<string[]>,
): Promise<void> {
  let options: T | "help";
  try {
    options = parse(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exitCode = 2;
    return;
  }
  if (options === "help") return console.log(help);
  for (const fault of await run(options)) {
    console.error(fault);
    process.exitCode = 1;
  }
}
