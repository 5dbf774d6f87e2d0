/** What an answer to `INFO` says that matters here. */
export type RedisFacts = {
  version: string;
  runId: string;
  /** `standalone`, `cluster` or `sentinel`. */
  mode: string;
  /** `master` or `slave`. */
  role: string;
  maxmemoryPolicy: string;
};

/** Reads the answer to `INFO`. @throws Error where it is no such answer, or the server is still loading */
export function readFacts(info: string): RedisFacts {
  const facts = new Map(
    info.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf(":");
      return at > 0 && !line.startsWith("#") ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );
  const runId = facts.get("run_id") ?? "";
  if (!/^[0-9a-f]{40}$/.test(runId)) throw new Error("INFO does not tell the server's run_id");
  if (facts.get("loading") === "1") throw new Error("Redis is loading its data");
  return {
    runId,
    version: facts.get("redis_version") ?? "",
    mode: facts.get("redis_mode") ?? "",
    role: facts.get("role") ?? "",
    maxmemoryPolicy: facts.get("maxmemory_policy") ?? "",
  };
}

/** Why this server can't be used, and what to do; null where it can. */
export function faultOf({ version, mode, role, maxmemoryPolicy }: RedisFacts): string | null {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (!(major > 6 || (major === 6 && minor >= 2))) return `Redis ${version} is too old: 6.2 or newer is needed.`;
  if (mode !== "standalone") return `REDIS_URL leads to a Redis in ${mode} mode: name a single server.`;
  if (role !== "master") return "REDIS_URL leads to a replica: name the server that takes writes.";
  if (maxmemoryPolicy !== "noeviction") {
    return `Redis has the maxmemory-policy ${maxmemoryPolicy}, with which it may forget what must not be forgotten: set it to noeviction.`;
  }
  return null;
}
