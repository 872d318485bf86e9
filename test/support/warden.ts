import { spawn } from "node:child_process";

/** Waits for its standard input to end, which the end of the test process brings about however it comes. */
const SCRIPT = `
const { rmSync } = require("node:fs");
let pids = [], text = "";
process.stdin.on("data", (data) => {
  text += data;
  const lines = text.split("\\n");
  pids = JSON.parse(lines[lines.length - 2] ?? "[]");
});
process.stdin.on("end", () => {
  for (const pid of pids) { try { process.kill(pid, "SIGKILL"); } catch {} }
  const until = Date.now() + 5000;
  const clear = () => {
    try { rmSync(process.argv[1], { recursive: true, force: true }); } catch { if (Date.now() < until) setTimeout(clear, 100); }
  };
  clear();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
`;

/**
 * Ends a server and deletes its folder when this process is gone, even by SIGKILL. `watch` names the server's process
 * of the moment; `dismiss` has the folder deleted and ends the warden.
 */
export function startWarden(folder: string): { watch(...pids: number[]): void; dismiss(): Promise<void> } {
  const child = spawn(process.execPath, ["-e", SCRIPT, folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  child.unref();
  child.stdin.on("error", () => {});
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const watch = (...pids: number[]) => void child.stdin.write(`${JSON.stringify(pids)}\n`);
  return {
    watch,
    async dismiss() {
      watch();
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}
