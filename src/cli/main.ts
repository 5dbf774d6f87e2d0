#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { isGrantName } from "../accounts/grant.js";
import { loadConfig } from "../config.js";
import { explain } from "../explain.js";
import type { Flags } from "./administer.js";
import { help } from "./help.js";
import { UsageError } from "./usage-error.js";

/** Commands whose modules are read only for them. */
const administrative = new Set(["sessions", "revoke", "roles", "disable", "enable", "delete", "replace-subject"]);

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
  const { scope, confirm, "issued-before": issuedBefore } = values;
  if (administrative.has(command)) return administer(positionals, { scope, confirm, issuedBefore });
  if (confirm !== undefined || issuedBefore !== undefined)
    throw new UsageError(`${command} takes no --confirm and no --issued-before`);
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
      confirm: { type: "string" },
      "issued-before": { type: "string" },
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
    } as const;
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function administer(
  words: string[],
  { scope, ...flags }: Flags & { scope: string | undefined },
): Promise<number> {
  if (scope !== undefined) throw new UsageError("--scope goes with grant");
  const { administer, readCommand } = await import("./administer.js");
  const deed = readCommand(words, flags);
  const lines = await administer({ config: loadConfig(), onProgress: complain }, deed);
  if (lines === null) {
    complain("muster: nobody has signed up with this e-mail address");
    return 1;
  }
  for (const line of lines) say(line);
  return 0;
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
