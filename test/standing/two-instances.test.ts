import { expect, it } from "vitest";
import { look, openTwo, untilUnread } from "./support.js";

it.each(["revoked-before", "denylist", "group-epoch"] as const)(
  "admits nothing on either of two instances once a logout has returned, 60 times, and refuses nothing good: %s",
  async (strategy) => {
    const { here, there } = await openTwo(strategy);
    const instances = [here, there];
    const bystander = await here.signUp();
    let unread = 0;
    const worth = async (instance: typeof here, token: string) => {
      const seen = await look(instance, token);
      if (seen === "unread") unread++;
      return seen === "unread" ? "ok" : seen;
    };
    const lane = async () => {
      const user = await there.signUp();
      for (let round = 0; round < 10; round++) {
        const [asked, other] = round % 2 ? [here, there] : [there, here];
        // fresh tokens, used at once where they were not made
        const { accessToken, refreshToken } = await asked.login(user.email);
        const tokens = [accessToken, (await other.refresh(refreshToken)).accessToken];
        for (const token of tokens) for (const each of instances) expect(await worth(each, token)).toBe("ok");
        await asked.logoutEverywhere(accessToken);
        for (const token of tokens)
          for (const each of instances) expect(await worth(each, token)).toBe("SESSION_REVOKED");
        for (const each of instances) expect(await worth(each, bystander.accessToken)).toBe("ok");
      }
    };
    await Promise.all(Array.from({ length: 6 }, lane));
    expect(unread).toBeGreaterThan(0);
    if (strategy !== "group-epoch") for (const each of instances) await untilUnread(each, bystander.accessToken);
  },
);
