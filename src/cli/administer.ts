import { isGrantName } from "../accounts/grant.js";
import { listSessions } from "../accounts/list-sessions.js";
import type { Page } from "../accounts/page.js";
import { deleteUser } from "../administration/delete-user.js";
import { endAllSessions } from "../administration/end-all-sessions.js";
import { endUserSession } from "../administration/end-user-session.js";
import { endUserSessions } from "../administration/end-user-sessions.js";
import { replaceSubject } from "../administration/replace-subject.js";
import { setUserEnabled } from "../administration/set-user-enabled.js";
import { setUserRoles } from "../administration/set-user-roles.js";
import type { Parts } from "../parts.js";
import type { SessionElement } from "../store/user.model.js";
import { type DeploymentOptions, findUserId, refuseOtherStrategy, withDeployment } from "./deployment.js";
import { UsageError } from "./usage-error.js";

/** What may stand behind a command beside its words. */
export type Flags = { issuedBefore?: string | undefined; confirm?: string | undefined };

/** What a command does to a deployment; gives what it came to, in lines; null where nobody has that e-mail address. */
type Deed = (parts: Parts) => Promise<string[] | null>;

/** A command as it was typed, understood. @throws UsageError */
type Command = { usage: string; takes: readonly (keyof Flags)[]; read(operands: string[], flags: Flags): Deed | null };

/** The commands that administer a deployment, by their first words. What each does is the mutation's work. */
const commands: Record<string, Command> = {
  sessions: {
    usage: "EMAIL",
    takes: [],
    read: ([email, ...rest]) =>
      email && rest.length === 0
        ? ofUser(email, async (parts, userId) => {
            const sessions = await allSessions(parts, userId);
            return [`Sessions: ${sessions.length}.`, ...sessions.map(describeSession)];
          })
        : null,
  },
  "revoke session": {
    usage: "EMAIL ID",
    takes: [],
    read: ([email, id, ...rest]) =>
      email && id && rest.length === 0
        ? ofUser(email, async (parts, userId) => [ended(await endUserSession(parts, { userId, id }))])
        : null,
  },
  "revoke user": {
    usage: "EMAIL [--issued-before DATE]",
    takes: ["issuedBefore"],
    read([email, ...rest], flags) {
      const issuedBefore = parseDate(flags.issuedBefore);
      if (!email || rest.length > 0) return null;
      return ofUser(email, async (parts, userId) => [ended(await endUserSessions(parts, { userId, issuedBefore }))]);
    },
  },
  "revoke everything": {
    usage: "--confirm DATABASE [--issued-before DATE]",
    takes: ["confirm", "issuedBefore"],
    read(operands, flags) {
      const issuedBefore = parseDate(flags.issuedBefore);
      const { confirm } = flags;
      if (!confirm || operands.length > 0) return null;
      return async (parts) => [ended(await endAllSessions(parts, { confirm, issuedBefore }))];
    },
  },
  disable: {
    usage: "EMAIL",
    takes: [],
    read: ([email, ...rest]) => (email && rest.length === 0 ? enabling(email, false) : null),
  },
  enable: {
    usage: "EMAIL",
    takes: [],
    read: ([email, ...rest]) => (email && rest.length === 0 ? enabling(email, true) : null),
  },
  roles: {
    usage: "EMAIL [ROLE …]",
    takes: [],
    read([email, ...roles]) {
      if (!email) return null;
      if (!roles.every(isGrantName)) throw new UsageError("a role has 1 to 64 letters, digits and : . _ -");
      return ofUser(email, async (parts, id) => {
        const { user, accessTokensLiveUntil } = await setUserRoles(parts, { id, roles });
        return [`${email} has the roles: ${user.roles.join(", ") || "none"}.`, ...livingOn(accessTokensLiveUntil)];
      });
    },
  },
  "replace-subject": {
    usage: "EMAIL",
    takes: [],
    read: ([email, ...rest]) =>
      email && rest.length === 0
        ? ofUser(email, async (parts, userId) => [ended(await replaceSubject(parts, { userId }))])
        : null,
  },
  delete: {
    usage: "EMAIL --confirm EMAIL",
    takes: ["confirm"],
    read([email, ...rest], { confirm }) {
      if (!email || rest.length > 0 || confirm !== email) return null;
      return ofUser(email, async (parts, id) => {
        const { revokedCount, accessTokensLiveUntil } = await deleteUser(parts, { id });
        return [`${email} is deleted.`, ended(revokedCount), ...livingOn(accessTokensLiveUntil)];
      });
    },
  },
};

/** Understands a command that administers. @throws UsageError */
export function readCommand([first = "", ...rest]: string[], flags: Flags): Deed {
  const [name, operands] = first === "revoke" ? [`revoke ${rest[0]}`, rest.slice(1)] : [first, rest];
  if (!Object.hasOwn(commands, name)) throw new UsageError("revoke what? session, user or everything");
  const { usage, takes, read } = commands[name]!;
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const deed = read(operands, flags);
  if (!deed || given.some(([flag]) => !takes.includes(flag as keyof Flags)))
    throw new UsageError(`${name} takes ${usage}`);
  return deed;
}

/** Carries a command out. @throws as `withDeployment` and `refuseOtherStrategy`, MusterError */
export const administer = (options: DeploymentOptions, deed: Deed): Promise<string[] | null> =>
  withDeployment(options, async (parts) => {
    await refuseOtherStrategy(parts);
    return deed(parts);
  });

const ofUser =
  (email: string, act: (parts: Parts, userId: string) => Promise<string[]>): Deed =>
  async (parts) => {
    const userId = await findUserId(parts, email);
    return userId === null ? null : act(parts, userId);
  };

const enabling = (email: string, enabled: boolean): Deed =>
  ofUser(email, async (parts, id) => {
    const { accessTokensLiveUntil } = await setUserEnabled(parts, { id, enabled });
    return [`${email} is ${enabled ? "enabled" : "disabled"}.`, ...livingOn(accessTokensLiveUntil)];
  });

async function allSessions(parts: Parts, userId: string): Promise<SessionElement[]> {
  const sessions: SessionElement[] = [];
  for (let page: Page<SessionElement> | undefined; page?.hasNext ?? true; ) {
    page = await listSessions(parts, { userId }, { first: 200, after: page?.items.at(-1)?.cursor });
    sessions.push(...page.items.map(({ item }) => item));
  }
  return sessions;
}

/** One line. What the client said of itself is quoted, and can't move the terminal's cursor. */
const describeSession = ({ id, createdAt, lastUsedAt, ip, userAgent, deviceName }: SessionElement) =>
  [
    id,
    `since ${createdAt.toISOString()}`,
    `last used ${lastUsedAt.toISOString()}`,
    ip ?? "no address",
    JSON.stringify(deviceName ?? userAgent ?? "").replace(/\p{C}/gu, "?"),
  ].join("  ");

const ended = (count: number) =>
  count < 0 ? "Sessions were ended, too many to be counted." : `Sessions ended: ${count}.`;

const livingOn = (until: Date | undefined) =>
  until ? [`The strategy can't end access tokens: they live until ${until.toISOString()} at the latest.`] : [];

const dateForm = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** @throws UsageError */
function parseDate(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const date = new Date(text);
  if (!dateForm.test(text) || Number.isNaN(date.getTime()))
    throw new UsageError("DATE is a day or a moment of RFC 3339: 2026-01-31, or 2026-01-31T12:00:00Z");
  return date;
}
