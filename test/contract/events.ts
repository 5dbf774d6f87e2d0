import { randomBytes } from "node:crypto";
import type { Capability } from "../../src/revocation/strategy.js";
import type { Answer } from "../../src/testing/index.js";
import { outcomeOf } from "../support/outcome.js";
import { ask, type Name, names, type Scene } from "./scene.js";

/** Something that may end access tokens. */
export type Event = {
  title: string;
  /** What the strategy must be able to end for it; where it can't, it says so. Left out: it is always done. */
  takes?: Capability;
  act(scene: Scene): Promise<Answer<unknown>>;
  /** Whether all instances are started again by it. */
  restarts?: true;
  /** Whose tokens are to die. */
  ends: readonly Name[];
  /** Of those, whose session goes on: proved anew, or with tokens that nobody takes any more. */
  keeps?: readonly Name[];
  /** What else has to hold from then on. @throws Error */
  alsoHolds?(scene: Scene): Promise<void>;
};

const userId = (scene: Scene) => scene.laptop.client.credentials.user.id;
const byAdmin = async (scene: Scene, query: string, variables: Record<string, unknown>) =>
  ask(scene, await scene.deployment.admin(), query, variables);
const allOfUser = names.filter((name) => name !== "neighbour");
const changePassword = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken } }";
const logoutEverywhere = "mutation { logoutEverywhere { revokedCount } }";

export const events: readonly Event[] = [
  {
    title: "`logout`",
    takes: "ONE_SESSION",
    act: (scene) => ask(scene, scene.phone, "mutation { logout { revokedCount } }"),
    ends: ["phone"],
  },
  {
    title: "`logoutSession`",
    takes: "ONE_SESSION",
    act: (scene) =>
      ask(scene, scene.phone, "mutation ($id: ID!) { logoutSession(id: $id) { revokedCount } }", {
        id: scene.tablet.id,
      }),
    ends: ["tablet"],
  },
  {
    title: "`logoutOthers`",
    takes: "OTHER_SESSIONS",
    act: (scene) => ask(scene, scene.phone, "mutation { logoutOthers { revokedCount } }"),
    ends: ["laptop", "tablet"],
  },
  {
    title: "`logoutEverywhere`",
    takes: "ALL_SESSIONS",
    act: (scene) => ask(scene, scene.phone, logoutEverywhere),
    ends: allOfUser,
  },
  {
    title: "`changePassword`",
    act(scene) {
      const { email, password: currentPassword } = scene.phone.client;
      const newPassword = "another long sentence for tests";
      scene.passwords.set(email, newPassword);
      return ask(scene, scene.phone, changePassword, { input: { currentPassword, newPassword } });
    },
    ends: allOfUser,
    keeps: ["phone"],
  },
  {
    title: "a user is disabled",
    act: (scene) =>
      byAdmin(scene, "mutation ($id: ID!) { setUserEnabled(id: $id, enabled: false) { enabled } }", {
        id: userId(scene),
      }),
    ends: allOfUser,
  },
  {
    title: "a role is given",
    act: (scene) => setRoles(scene, ["admin"]),
    ends: [],
    async alsoHolds(scene) {
      await expectRoleFields(scene, "ok");
      const taken = outcomeOf(await setRoles(scene, []));
      if (taken !== "ok") throw new Error(`The role can't be taken away: ${taken}`);
      await expectRoleFields(scene, "403 FORBIDDEN ROLE_MISSING");
    },
  },
  {
    title: "by time",
    takes: "BY_TIME",
    async act(scene) {
      const { sessions } = await scene.deployment.operator.userOf(scene.laptop.client.email);
      const newestOf = (name: Name) => sessions.find(({ id }) => id === scene[name].id)!.jtis.at(-1)!.issuedAt;
      const [laptop, phone] = [newestOf("laptop"), newestOf("phone")];
      if (laptop >= phone) throw new Error("The laptop must have signed in before the phone.");
      return byAdmin(
        scene,
        "mutation ($id: ID!, $before: DateTime) { endUserSessions(userId: $id, issuedBefore: $before) { revokedCount } }",
        { id: userId(scene), before: phone.toISOString() },
      );
    },
    ends: ["laptop"],
  },
  {
    title: "everything",
    takes: "EVERYTHING",
    act: (scene) =>
      byAdmin(scene, "mutation ($confirm: String!) { endAllSessions(confirm: $confirm) { revokedCount } }", {
        confirm: scene.deployment.database,
      }),
    ends: names,
  },
  {
    title: "the deployment's key is changed",
    restarts: true,
    async act(scene) {
      await scene.deployment.restart({ jwtSecret: randomBytes(32).toString("hex") });
      return ask(scene, await scene.deployment.admin(), "{ me { id } }");
    },
    ends: names,
    keeps: names,
  },
  {
    title: "`logoutEverywhere`, and a restart of all instances",
    restarts: true,
    takes: "ALL_SESSIONS",
    async act(scene) {
      const answer = await ask(scene, scene.phone, logoutEverywhere);
      await scene.deployment.restart();
      return answer;
    },
    ends: allOfUser,
  },
  {
    title: "`logoutEverywhere` at another instance",
    takes: "ALL_SESSIONS",
    act: (scene) => ask(scene, scene.phone, logoutEverywhere, {}, { instance: 1 }),
    ends: allOfUser,
  },
];

const setRoles = (scene: Scene, roles: string[]) =>
  byAdmin(scene, "mutation ($id: ID!, $roles: [String!]!) { setUserRoles(id: $id, roles: $roles) { roles } }", {
    id: userId(scene),
    roles,
  });

/** What every token of the user gets at every instance for a field that takes the role. */
async function expectRoleFields(scene: Scene, expected: string): Promise<void> {
  for (const name of allOfUser) {
    for (const instance of scene.deployment.urls().keys()) {
      const found = outcomeOf(await ask(scene, scene[name], "{ revocation { strategy } }", {}, { instance }));
      if (found !== expected) throw new Error(`${name} at instance ${instance}: ${found} instead of ${expected}`);
    }
  }
}
