import { connectionTo } from "../connection.type.js";
import { Session } from "./session.type.js";

export const SessionConnection = connectionTo(Session, "Session", { counted: true });
export type SessionConnection = InstanceType<typeof SessionConnection>;
