import type { Page } from "playwright-core";
import { until } from "../support/until.js";

/** The answer that GraphiQL shows. */
export type Shown = {
  data?: Record<string, unknown> | null;
  errors?: { extensions: { code: string; reason?: string } }[];
};

// Expressions as text: they run in the browser, whose types the rest of the program must not see. Each look is one
// evaluation from outside: a wait inside the page would call its `eval`, which the page's own policy forbids.
const shownText = 'document.querySelector(".result-window .CodeMirror")?.CodeMirror.getValue() ?? ""';
const isShown = (answer: unknown) => `(() => {
  try { return JSON.stringify(JSON.parse(${shownText})) === ${JSON.stringify(JSON.stringify(answer))}; } catch { return false; }
})()`;
const everythingStored = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])";

/** The playground as a person uses it: tabs, the run button, what is shown. */
export function createPlaygroundPage(page: Page) {
  async function open(url: string): Promise<void> {
    await page.goto(url);
    await page.waitForSelector(".graphiql-execute-button");
  }

  /** Chooses an example's tab, runs it and waits until its answer is shown. */
  async function run(operationName: string): Promise<Shown> {
    await page.locator(".graphiql-tab-button", { hasText: new RegExp(`^${operationName}$`) }).click();
    const isOurs = new RegExp(` ${operationName}\\b`);
    const answered = page.waitForResponse((response) => isOurs.test(response.request().postDataJSON()?.query ?? ""));
    await page.locator(".graphiql-execute-button").click();
    const answer = (await (await answered).json()) as Shown;
    await until(() => page.evaluate<boolean>(isShown(answer)));
    return answer;
  }

  /** Opens a tab of its own for a subscription and runs it. */
  async function listen(query: string): Promise<void> {
    const isListening = page.waitForEvent("websocket").then((socket) => socket.waitForEvent("framereceived"));
    await page.locator(".graphiql-tab-add").click();
    const editor = 'document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror';
    await page.evaluate(`${editor}.setValue(${JSON.stringify(query)})`);
    await page.locator(".graphiql-execute-button").click();
    await isListening;
  }

  return {
    open,
    run,
    listen,
    /** Resolves when the answer that is shown holds this text. */
    shows: (text: string) => until(() => page.evaluate<boolean>(`(${shownText}).includes(${JSON.stringify(text)})`)),
    tabs: () => page.locator(".graphiql-tab-button").allInnerTexts(),
    status: async () => (await page.locator(".muster-status").textContent())?.trim() ?? "",
    forget: () => page.locator(".muster-forget").click(),
    /** Everything that the browser keeps of this page, as text. */
    stored: () => page.evaluate<string>(everythingStored),
  };
}
