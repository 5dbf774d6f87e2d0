import { mkdtemp } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadMachine } from "../../src/config.js";
import { downloadMongod } from "../../src/embedded/download-mongod.js";

async function machineWithMirror(mirror: string) {
  const { MONGOMS_SYSTEM_BINARY: _, ...environment } = process.env;
  const folder = await mkdtemp(join(tmpdir(), "muster-download-"));
  return loadMachine({ ...environment, MONGOMS_DOWNLOAD_DIR: folder, MONGOMS_DOWNLOAD_MIRROR: mirror });
}

describe("mongodb-memory-server's own download", () => {
  it("is given up at once where the site refuses", async () => {
    const machine = await machineWithMirror("https://127.0.0.1:1");
    await expect(downloadMongod({ machine, onProgress: () => {} })).rejects.toThrow("ECONNREFUSED");
  });

  it("is given up after seconds where the site takes the connection and says nothing", async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const machine = await machineWithMirror(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await expect(downloadMongod({ machine, onProgress: () => {}, stallMs: 2_000 })).rejects.toThrow("no answer in 2 s");
    expect(sockets).toHaveLength(1);
    for (const socket of sockets) socket.destroy();
    server.close();
  });
});
