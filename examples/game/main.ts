import { startServer } from "./server.js";

const { MONGODB_URI: mongodbUri, JWT_SECRET: secret, PORT = "4000" } = process.env;
if (!mongodbUri || !secret) throw new Error("Set MONGODB_URI, and JWT_SECRET to 32 bytes or more.");

const { url } = await startServer({ mongodbUri, secret, port: Number(PORT) });
console.log(`Sign in at ${url}; the game is played over socket.io on the same port.`);
