import { ConfigError } from "./config.js";
import { EmbeddedError } from "./embedded/embedded-error.js";

const ofListening: Record<string, string> = {
  EADDRINUSE: "another program listens there already: end it, or choose another PORT",
  EACCES: "this user may not listen there: choose a PORT above 1023",
  EADDRNOTAVAIL: "this machine has no such address: choose another HOST",
  ENOTFOUND: "there is no such host: choose another HOST",
};

/** Why a command failed, in lines for the person at the keyboard; with a stack only where it looks like a bug. */
export function explain(error: unknown): string[] {
  if (error instanceof ConfigError) return [...error.faults];
  if (error instanceof EmbeddedError) return error.message.split("\n");
  const { syscall, code, address, port, message, stack } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  const fault = code === undefined ? undefined : ofListening[code];
  if (fault && (syscall === "listen" || syscall === "getaddrinfo"))
    return [`HOST, PORT: ${[address, port].filter((part) => part !== undefined).join(":")}: ${fault}`];
  if (code !== undefined && String(code) === "18")
    return ["MONGODB_URI: the database refuses its user name or password"];
  // the driver quotes the address it can't read, password included
  if (/^Mongo/.test((error as Error).name))
    return [`MONGODB_URI: ${message.includes("://") ? "it is not an address of a database" : message}`];
  const looksLikeABug =
    !(error instanceof Error) || ["TypeError", "ReferenceError", "RangeError", "SyntaxError"].includes(error.name);
  return (looksLikeABug ? (stack ?? String(error)) : message).split("\n");
}
