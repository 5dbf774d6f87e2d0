import { type Granted, grantRole, grantScope } from "../accounts/grant.js";
import { type DeploymentOptions, withDeployment } from "./deployment.js";

export type GrantOptions = DeploymentOptions & {
  email: string;
  /** What is given: a role or a scope, by its name. */
  kind: "role" | "scope";
  name: string;
};

/** Gives a user a role or scope. @throws as `withDeployment` */
export const grant = ({ email, kind, name, ...options }: GrantOptions): Promise<Granted> =>
  withDeployment(options, (parts) =>
    kind === "role" ? grantRole(parts, { email, role: name }) : grantScope(parts, { email, scope: name }),
  );
