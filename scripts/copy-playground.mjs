// Copies the playground's own files beside the compiled code: the compiler leaves them behind.
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(`../${path}/http/playground/assets`, import.meta.url));
cpSync(at("src"), at("dist"), { recursive: true });
