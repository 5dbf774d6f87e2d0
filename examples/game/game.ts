import type { Principal } from "muster-auth";
import type { Server, Socket } from "socket.io";

type Position = { x: number; y: number };

const directions: Record<string, Position> = {
  north: { x: 0, y: -1 },
  south: { x: 0, y: 1 },
  west: { x: -1, y: 0 },
  east: { x: 1, y: 0 },
};

/**
 * Players on an endless board. It holds no checks of tokens: whoever is connected is signed in, and is disconnected the moment their
 * session ends.
 */
export function playOn(io: Server): void {
  const positions = new Map<string, Position>();

  io.on("connection", (socket: Socket) => {
    // with the roles of the last event that came in
    const player = () => socket.data.principal as Principal;
    const { userId } = player();

    positions.set(userId, positions.get(userId) ?? { x: 0, y: 0 });
    socket.emit("board", Object.fromEntries(positions));
    socket.broadcast.emit("moved", userId, positions.get(userId));

    socket.on("move", (direction: unknown) => {
      const step = directions[String(direction)];
      const from = positions.get(userId);
      if (!step || !from) return;
      const to = { x: from.x + step.x, y: from.y + step.y };
      positions.set(userId, to);
      io.emit("moved", userId, to);
    });

    socket.on("clear", (done: (isCleared: boolean) => void) => {
      const isReferee = player().roles.includes("referee");
      if (isReferee) {
        for (const id of positions.keys()) positions.set(id, { x: 0, y: 0 });
        io.emit("board", Object.fromEntries(positions));
      }
      done(isReferee);
    });

    socket.on("disconnect", () => {
      positions.delete(userId);
      io.emit("left", userId);
    });
  });
}
