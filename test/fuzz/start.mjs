// Node 20 does not hand its loader down to threads. A thread that begins with text instead of a file has a __dirname, as bundles have.
import { register } from "tsx/esm/api";

register();
await import("./worker.ts");
