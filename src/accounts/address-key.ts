import { isIPv4, isIPv6 } from "node:net";

/**
 * What an attempt's address is counted by: an IPv4 address itself, and an IPv6 address's first 64 bits, for whoever has one
 * has the 2^64 beside it. An IPv4 address written as IPv6 (`::ffff:a.b.c.d`) counts as IPv4. All that is no address, an
 * unknown one too, has one key.
 */
export function addressKey(ip: string | null | undefined): string {
  const address = (ip ?? "").replace(/%.*$/s, "");
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return "unknown";
  const groups = expand(address);
  const [high, low] = groups.slice(6);
  if (groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff" && high !== undefined && low !== undefined) {
    return [...bytes(high), ...bytes(low)].join(".");
  }
  return `${groups.slice(0, 4).join(":")}::/64`;
}

/** The eight groups of an IPv6 address, in hexadecimal without leading zeros. */
function expand(address: string): string[] {
  // URL writes every spelling of an address as RFC 5952 does.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const before = head.split(":").filter(Boolean);
  const after = (tail ?? "").split(":").filter(Boolean);
  return [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
}

function bytes(group: string): [number, number] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
}
