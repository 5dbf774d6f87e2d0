import mongoose from "mongoose";
import { io, type Socket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startServer } from "../../examples/game/server.js";
import { signUp, type TestClient } from "../../src/testing/index.js";
import { connect } from "../sockets/support.js";
import { startExample } from "./support.js";

describe("the example of a game over socket.io", () => {
  let example: Awaited<ReturnType<typeof startExample>>;
  beforeAll(async () => {
    example = await startExample(startServer);
  });
  afterAll(() => example?.close());

  /** A player who has seen the board. */
  async function join({ accessToken }: TestClient): Promise<Socket> {
    const socket = io(new URL(example.url).origin, { auth: { token: accessToken }, forceNew: true });
    onTestFinished(() => void socket.close());
    await next(socket, "board");
    return socket;
  }
  /** What the next event of this name says: its first two values, since socket.io adds one of its own. */
  const next = (socket: Socket, event: string) =>
    new Promise<unknown[]>((resolve) => socket.once(event, (...told) => resolve(told.slice(0, 2))));

  it("shows the players each other's moves", async () => {
    const [ada, bob] = [await signUp(example.url), await signUp(example.url)];
    const [adas, bobs] = [await join(ada), await join(bob)];
    const seen = next(bobs, "moved");
    adas.emit("move", "east");
    expect(await seen).toEqual([ada.credentials.user.id, { x: 1, y: 0 }]);
  });

  it("turns away whoever is not signed in", async () => {
    const socket = io(new URL(example.url).origin, { forceNew: true });
    onTestFinished(() => void socket.close());
    expect((await next(socket, "connect_error"))[0]).toMatchObject({ data: { code: 4401, reason: "TOKEN_MISSING" } });
  });

  it("takes a player off the board who logs out on the web, and tells both of them", async () => {
    const [ada, bob] = [await signUp(example.url), await signUp(example.url)];
    const [adas, bobs] = [await join(ada), await join(bob)];
    const subscription = await connect(example.url, ada.accessToken);
    const [told, left] = [next(adas, "session_ended"), next(bobs, "left")];
    await ada.logoutEverywhere();
    expect((await told)[0]).toEqual({ code: 4401, reason: "LOGGED_OUT_EVERYWHERE" });
    expect((await left)[0]).toBe(ada.credentials.user.id);
    expect(await subscription.closed).toEqual({ code: 4401, reason: "LOGGED_OUT_EVERYWHERE" });
    expect(bobs.connected).toBe(true);
  });

  it("lets a referee clear the board from the event after they were made one", async () => {
    const ada = await signUp(example.url);
    const socket = await join(ada);
    expect(await socket.emitWithAck("clear")).toBe(false);
    const connection = await mongoose.createConnection(example.mongodbUri).asPromise();
    await connection.collection("users").updateOne({ email: ada.email }, { $set: { roles: ["referee"] } });
    await connection.close();
    await expect.poll(() => socket.emitWithAck("clear")).toBe(true);
  });
});
