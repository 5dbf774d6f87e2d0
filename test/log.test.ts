import { GraphQLError } from "graphql";
import { describe, expect, test } from "vitest";
import { describeError, silentLog } from "../src/log.js";
import { captureLog } from "./http/support.js";

const canary = "canary-in-the-log";

describe("the log", () => {
  test.each<[string, object]>([
    ["at the top", { password: canary, token: canary, authorization: canary, refreshToken: canary }],
    ["in an object", { input: { password: canary, newPassword: canary, currentPassword: canary } }],
    ["two deep", { request: { headers: { authorization: canary }, body: canary } }],
    [
      "as whole parts of a request",
      { variables: { a: canary }, body: { b: canary }, query: canary, headers: { c: canary } },
    ],
    [
      "as a request and a reply",
      { req: { url: canary, headers: { a: canary } }, res: { getHeaders: () => canary, body: canary } },
    ],
  ])("cuts secrets out %s", (_, line) => {
    const { log, text } = captureLog();
    log.info(line, "something happened");
    expect(text()).toContain("something happened");
    expect(text()).not.toContain("canary");
  });

  test.each<[string, unknown[]]>([
    ["alone", [new Error(canary)]],
    ["as err", [{ err: new Error(canary) }]],
    ["with its message, as frameworks do", [{ err: new Error(canary) }, canary]],
    ["with other words", [{ err: new Error(canary) }, "it failed"]],
    ["of several lines", [{ err: new Error(`one\n    at ${canary} (a.js:1:1)\n    at ${canary}`) }, "it failed"]],
    ["with a cause", [{ err: new Error("outer", { cause: new Error(canary) }) }, "it failed"]],
    ["around another", [{ err: new GraphQLError(canary, { originalError: new TypeError(canary) }) }, "it failed"]],
    [
      "with fields of its own",
      [{ err: Object.assign(new Error("x"), { input: canary, keyValue: { email: canary } }) }, "it failed"],
    ],
  ])("never has the message of an error: %s", (_, args) => {
    const { log, text, parsed } = captureLog();
    (log.error as (...list: unknown[]) => void)(...args);
    expect(parsed()[0].err).toMatchObject({ type: expect.any(String), at: expect.any(Array) });
    expect(parsed()[0].msg).toMatch(/^(failed|it failed)$/);
    expect(text()).not.toContain("canary");
  });

  test("describes anything that can be thrown", () => {
    expect(describeError(canary)).toEqual({ type: "string" });
    expect(describeError(undefined)).toEqual({ type: "undefined" });
    expect(describeError(Object.assign(new RangeError("x"), { code: "E_X" }))).toMatchObject({
      type: "RangeError",
      code: "E_X",
    });
    const circle = new Error("x");
    circle.cause = circle;
    expect(JSON.stringify(describeError(circle)).length).toBeLessThan(20_000);
  });

  test("can be silent", () => {
    expect(silentLog.isLevelEnabled("fatal")).toBe(false);
  });
});
