#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { isGrantName } from "../accounts/grant.js";
import { loadConfig } from "../config.js";
import { explain } from "../explain.js";
import { help } from "./help.js";

/** What the user typed makes no sense: shown with a pointer to the help, exit code 2. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const complain = (text: string) => process.stderr.write(`${text}\n`);

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    complain(`muster: ${error.message}\nTry: muster help`);
    process.exit(2);
  }
  for (const line of explain(error)) complain(`muster: ${line}`);
  process.exit(1);
}

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [command, ...operands] = positionals;
  if (values.version) return printVersion();
  if (values.help || command === "help") return print(help);
  if (command === undefined) throw new UsageError("which command?");
  if (command === "grant") return grant(operands, values.scope);
  if (command !== "start") throw new UsageError(`there is no command ${JSON.stringify(command)}`);
  if (operands.length > 0 || values.scope !== undefined)
    throw new UsageError("start takes no arguments: settings are environment variables");
  // runs until a signal ends it
  await import("../main.js");
  return 0;
}

function parse(args: string[]) {
  try {
    const options = {
      scope: { type: "string" },
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
    } as const;
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function grant([email, role, ...rest]: string[], scope: string | undefined): Promise<number> {
  const name = scope ?? role;
  if (!email || !name || rest.length > 0 || (role !== undefined && scope !== undefined))
    throw new UsageError("grant takes EMAIL ROLE, or EMAIL --scope SCOPE");
  if (!isGrantName(name)) throw new UsageError("a role or scope has 1 to 64 letters, digits and : . _ -");
  const kind = scope === undefined ? "role" : "scope";
  const { grant } = await import("./grant.js");
  const outcome = await grant({ config: loadConfig(), email, kind, name, onProgress: complain });
  if (outcome === "no-such-user") {
    complain(`muster: nobody has signed up as ${email} yet`);
    return 1;
  }
  say(outcome === "granted" ? `${email} has the ${kind} ${name} now.` : `${email} had the ${kind} ${name} already.`);
  return 0;
}

async function printVersion() {
  const manifest = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  say(manifest.version);
  return 0;
}

function print(text: string) {
  process.stdout.write(text);
  return 0;
}
