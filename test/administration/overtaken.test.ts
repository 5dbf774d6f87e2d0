import { expect, it } from "vitest";
import { deleteUser } from "../../src/administration/delete-user.js";
import { setUserEnabled } from "../../src/administration/set-user-enabled.js";
import { setUserRoles } from "../../src/administration/set-user-roles.js";
import type { Parts } from "../../src/parts.js";
import { literal } from "../../src/sessions/roll.js";
import { type Library, newSite, openLibrary } from "../feed/library.js";
import { change } from "../standing/support.js";

/** The parts of an instance on which something happens just before users are next looked at. */
function overtakenBy({ parts }: Library, work: () => Promise<unknown>): Parts {
  let isDue = true;
  const find: Parts["users"]["find"] = async (...asked) => {
    if (isDue) {
      isDue = false;
      await work();
    }
    return parts.users.find(...asked);
  };
  return { ...parts, users: Object.assign(Object.create(parts.users), { find }) };
}

async function openWithAdmins() {
  const instance = await openLibrary(newSite());
  const [one, other] = [await instance.signUp(), await instance.signUp()];
  for (const { email } of [one, other]) await change(instance, email, { roles: literal(["admin"]) });
  const id = String(other.user._id);
  const read = () => instance.parts.users.find({ email: other.email }, { fields: ["roles", "enabled"] });
  return { instance, id, email: other.email, read };
}

it("takes a role from an admin who is disabled at that moment", async () => {
  const { instance, id, email, read } = await openWithAdmins();
  const parts = overtakenBy(instance, () => change(instance, email, { enabled: literal(false) }));
  await setUserRoles(parts, { id, roles: [] });
  expect(await read()).toMatchObject({ roles: [], enabled: false });
});

it("disables an admin who loses the role at that moment", async () => {
  const { instance, id, email, read } = await openWithAdmins();
  const parts = overtakenBy(instance, () => change(instance, email, { roles: literal([]) }));
  await setUserEnabled(parts, { id, enabled: false });
  expect(await read()).toMatchObject({ roles: [], enabled: false });
});

it("deletes an admin who loses the role at that moment", async () => {
  const { instance, id, email, read } = await openWithAdmins();
  const parts = overtakenBy(instance, () => change(instance, email, { roles: literal([]) }));
  await deleteUser(parts, { id });
  expect(await read()).toBeNull();
});
