import { expect, it } from "vitest";
import { newSite, openLibrary } from "./library.js";

it("admits nothing on either of two instances once a logout has returned, 200 times, and refuses nothing good", async () => {
  const site = newSite();
  const instances = [await openLibrary(site), await openLibrary(site)];
  const [here, there] = instances as [(typeof instances)[0], (typeof instances)[0]];
  const bystander = await here.signUp();
  const lane = async () => {
    const user = await there.signUp();
    for (let round = 0; round < 20; round++) {
      const [asked, other] = round % 2 ? [here, there] : [there, here];
      // fresh tokens, used at once where they were not made
      const { accessToken, refreshToken } = await asked.login(user.email);
      const tokens = round % 5 ? [accessToken] : [accessToken, (await other.refresh(refreshToken)).accessToken];
      for (const token of tokens) for (const each of instances) expect(await each.worth(token)).toBe("ok");
      await asked.logoutEverywhere(accessToken);
      for (const token of tokens) for (const each of instances) expect(await each.worth(token)).toBe("SESSION_REVOKED");
      for (const each of instances) expect(await each.worth(bystander.accessToken)).toBe("ok");
    }
  };
  await Promise.all(Array.from({ length: 10 }, lane));
});

it("reads nothing for 5,000 authenticated requests, and writes its beats", async () => {
  const instance = await openLibrary(newSite());
  const users = await Promise.all(Array.from({ length: 50 }, () => instance.signUp()));
  for (const { accessToken } of users) await instance.remember(accessToken);
  const before = instance.sent.length;
  for (let count = 0; count < 5_000; count++) {
    expect(await instance.worth(users[count % users.length]!.accessToken)).toBe("ok");
    // the beats have their turn
    if (count % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const sent = instance.sent.slice(before);
  expect(sent.filter(({ collection }) => collection === "users")).toEqual([]);
  expect(new Set(sent.map(({ command, collection }) => `${command} ${collection}`))).toEqual(
    new Set(["update muster_instances", expect.stringMatching(/^getMore /)]),
  );
});
