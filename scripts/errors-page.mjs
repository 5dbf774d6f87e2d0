// docs/errors.md, from the catalogue in src/errors.ts.
import { catalogue, MusterError, statusOfCode } from "../dist/errors.js";

const about = {
  UNAUTHENTICATED: "It is not known who asks. Every answer of this code has `WWW-Authenticate`.",
  FORBIDDEN: "It is known who asks, and they may not.",
  BAD_USER_INPUT: "The request can't be done as it is. Nothing was changed, unless the message says what was.",
  TOO_MANY_REQUESTS: "Wait for as many seconds as `Retry-After` says.",
  SERVICE_UNAVAILABLE:
    "The database can't be reached. It says nothing about the token: keep it, and repeat the request.",
};

const apollos = [
  ["GRAPHQL_PARSE_FAILED", 400, "The document is not well-formed GraphQL."],
  ["GRAPHQL_VALIDATION_FAILED", 400, "The document does not fit the schema."],
  ["OPERATION_RESOLUTION_FAILURE", 400, "`operationName` names no operation of the document, or names one of several."],
  ["PERSISTED_QUERY_NOT_SUPPORTED", 400, "The server keeps no queries: send the document."],
  [
    "BAD_REQUEST",
    "400, 404, 406, 413, 415",
    "The request is not one that GraphQL over HTTP knows: its address, its body, its size, a media type.",
  ],
  ["INTERNAL_SERVER_ERROR", statusOfCode.INTERNAL_SERVER_ERROR, "A bug. What it was is in the server's log alone."],
];

const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const headersOf = (reason) =>
  [...new MusterError(reason).headers].map(([name, value]) => `\`${name}: ${value}\``).join(", ") || "–";

function section(code) {
  const reasons = Object.keys(catalogue).filter((reason) => catalogue[reason].code === code);
  const rows = reasons.map((reason) => [`\`${reason}\``, catalogue[reason].message, headersOf(reason)]);
  return `## ${code}\n\nStatus ${statusOfCode[code]}. ${about[code]}\n\n${table(["reason", "message", "headers"], rows)}\n`;
}

/** The whole page. @throws Error for a code that has reasons and no description here */
export function errorsPage() {
  const codes = Object.keys(statusOfCode).filter((code) =>
    Object.values(catalogue).some((entry) => entry.code === code),
  );
  for (const code of codes) if (!about[code]) throw new Error(`scripts/errors-page.mjs does not describe ${code}`);
  return `<!-- Made by \`npm run docs:emit\` from src/errors.ts. Do not edit. -->

# Errors

An error has \`extensions.code\`, which clients of Apollo know, and \`extensions.reason\`, which says exactly what it was. The status is
that of the code where the answer has no data; an answer with some of its data is 200. No error repeats what was submitted, and none
has a stack trace.

${codes.map(section).join("\n")}
## Codes without a reason

${table(
  ["code", "status", "meaning"],
  apollos.map(([code, status, meaning]) => [`\`${code}\``, status, meaning]),
)}
`;
}
