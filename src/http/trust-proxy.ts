/** Who is believed about the client's address (`X-Forwarded-*`): nobody, everybody, so many hops nearest to us, or these addresses. */
export type TrustProxy = boolean | number | string[];

/**
 * The setting in the form that fastify takes; fastify itself trusts nobody when it is given a number.
 *
 * NOTE: hops are counted, not known: a server that trusts hops must not be reachable past its proxies.
 */
export function toFastifyTrust(trust: TrustProxy): boolean | string[] | ((address: string, hop: number) => boolean) {
  return typeof trust === "number" ? (_address, hop) => hop < trust : trust;
}
