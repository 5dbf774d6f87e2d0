// As much of curl as the README uses, sent by Node: tests run where there is no curl. Anything else is refused.
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    silent: { type: "boolean", short: "s" },
    "show-error": { type: "boolean", short: "S" },
    include: { type: "boolean", short: "i" },
    request: { type: "string", short: "X" },
    header: { type: "string", short: "H", multiple: true, default: [] },
    data: { type: "string", short: "d" },
    json: { type: "string" },
  },
});

const [url, ...rest] = positionals;
if (url === undefined || rest.length > 0) throw new Error("node-curl takes one address");

const headers = new Headers({ accept: "*/*" });
const body = values.json ?? values.data;
if (values.json !== undefined) {
  headers.set("accept", "application/json");
  headers.set("content-type", "application/json");
} else if (values.data !== undefined) {
  headers.set("content-type", "application/x-www-form-urlencoded");
}
for (const header of values.header) {
  const [name, ...value] = header.split(":");
  headers.set(name, value.join(":").trim());
}

const answer = await fetch(url, { method: values.request ?? (body === undefined ? "GET" : "POST"), headers, body });
if (values.include) {
  const lines = [
    `HTTP/1.1 ${answer.status} ${answer.statusText}`,
    ...[...answer.headers].map((pair) => pair.join(": ")),
  ];
  process.stdout.write(`${lines.join("\r\n")}\r\n\r\n`);
}
process.stdout.write(Buffer.from(await answer.arrayBuffer()));
