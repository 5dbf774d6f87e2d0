import { expect, inject, it } from "vitest";
import { startTestServer } from "../../src/testing/index.js";
import { openOperator } from "../support/operator.js";
import { outcomeOf, refused, tryRefresh } from "../support/outcome.js";

it.each(["leased", "read-through"] as const)("signs in, refreshes and ends by linearizable reads, %s", async (mode) => {
  const settings = { readConcern: "linearizable", authStateMode: mode } as const;
  const server = await startTestServer({ mongodbUri: inject("mongoUri"), settings });
  const operator = await openOperator(server.mongodbUri);
  try {
    await operator.database.command({ profile: 2 });
    const phone = await server.signUp();
    const laptop = await phone.login();
    const old = phone.refreshToken;
    await phone.refresh();
    expect(outcomeOf(await phone.me())).toBe("ok");
    expect(await phone.sessionIds()).toHaveLength(2);
    expect(await tryRefresh(phone.url, old)).toBe("ok");
    await operator.ageRotation(phone.email, phone.credentials.session.id, 60);
    expect(await tryRefresh(phone.url, old)).toBe(refused("REFRESH_REUSED"));
    expect(outcomeOf(await phone.me())).toBe(refused("SESSION_REVOKED"));
    await laptop.changePassword({ newPassword: "another long sentence" });
    await server.grantRole(laptop.email, "admin");
    expect(outcomeOf(await laptop.request("{ users(first: 5) { nodes { email } } }"))).toBe("ok");
    expect(await laptop.logoutEverywhere()).toBe(1);
    expect(outcomeOf(await laptop.me())).toBe(refused("SESSION_REVOKED"));
    await operator.database.command({ profile: 0 });
    const reads = await operator.database
      .collection("system.profile")
      .find({ op: "query", ns: `${operator.database.databaseName}.users` })
      .toArray();
    expect(new Set(reads.map(({ command }) => command.readConcern.level))).toEqual(new Set(["linearizable"]));
  } finally {
    await operator.close();
    await server.close();
  }
});
