/** How much one instance lets live connections have. */
export type SocketLimits = {
  socketsPerSession: number;
  socketsPerUser: number;
  /** Operations that run at once over one connection, subscriptions among them. */
  operationsPerSocket: number;
};

export const defaultSocketLimits: SocketLimits = {
  socketsPerSession: 50,
  socketsPerUser: 200,
  operationsPerSocket: 50,
};
