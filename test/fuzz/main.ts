// The long form: `npm run fuzz -- [--target NAME] [--seconds N] [--seed S] [--input FILE]`. What breaks a target is shrunk,
// kept in its corpus folder, and told with the command that repeats it. Exit code 1: something broke.
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { keep } from "./corpus.ts";
import { failure } from "./fuzz.ts";
import { TARGETS } from "./targets/index.ts";
import type { Report, Work } from "./worker.ts";

/** An input that takes longer has no bound that a user would accept. */
const HANG_MS = 20_000;
const SHARED_BYTES = 8 + (1 << 23);

const print = (text: unknown) => process.stdout.write(`${String(text)}\n`);

const { values } = parseArgs({
  options: {
    target: { type: "string" },
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    input: { type: "string" },
  },
});

function tell(target: string, input: Uint8Array, what: string): void {
  const file = relative(process.cwd(), keep(target, input));
  print(`\n${target}: ${what}\nrepeat it with: npm run fuzz -- --target ${target} --input ${file}\n`);
}

/** @returns how many inputs broke the target */
function fuzz(target: string, seconds: number, seed: number): Promise<number> {
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const work: Work = { target, seed, seconds, shared };
  const worker = new Worker(new URL("./start.mjs", import.meta.url), { workerData: work });
  const header = new Int32Array(shared, 0, 2);
  return new Promise((resolve, reject) => {
    let [broken, last, since] = [0, -1, Date.now()];
    const watch = setInterval(() => {
      const now = Atomics.load(header, 0);
      // Loading a target is no input's fault: time counts from the first one.
      if (now !== last || now === 0) [last, since] = [now, Date.now()];
      if (Date.now() - since < HANG_MS) return;
      clearInterval(watch);
      tell(target, new Uint8Array(shared.slice(8, 8 + (header[1] ?? 0))), `hangs for ${HANG_MS / 1000} s`);
      void worker.terminate().then(() => resolve(broken + 1));
    }, 500);
    worker.on("message", (report: Report) => {
      since = Date.now();
      if (report.kind === "broken") {
        broken++;
        tell(target, report.input, report.error);
      } else {
        clearInterval(watch);
        print(`${target}: ${report.inputs} inputs, ${broken} broke it`);
        resolve(broken);
      }
    });
    worker.on("error", reject);
  });
}

async function repeat(name: string, file: string): Promise<number> {
  const target = await TARGETS[name]?.();
  if (target === undefined) throw new Error(`no target is called ${name}`);
  const error = await failure(target, readFileSync(file));
  target.close?.();
  print(error instanceof Error ? error.stack : (error ?? "holds"));
  return error === undefined ? 0 : 1;
}

const names = values.target === undefined ? Object.keys(TARGETS) : values.target.split(",");
for (const name of names) {
  if (TARGETS[name] === undefined) throw new Error(`no target is called ${name}: ${Object.keys(TARGETS).join(", ")}`);
}
let broken = 0;
if (values.input !== undefined) broken = await repeat(names[0] as string, values.input);
else for (const name of names) broken += await fuzz(name, Number(values.seconds) / names.length, Number(values.seed));
process.exitCode = broken === 0 ? 0 : 1;
