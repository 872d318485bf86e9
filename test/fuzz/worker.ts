// The long form's other thread: runs one target, so that the first thread can end it when an input hangs.
import { parentPort, workerData } from "node:worker_threads";
import { keptInputs } from "./corpus.ts";
import { failure, inputsOf } from "./fuzz.ts";
import { shrink } from "./shrink.ts";
import { TARGETS } from "./targets/index.ts";

export interface Work {
  readonly target: string;
  readonly seed: number;
  readonly seconds: number;
  /** The input under way: its number, its length, its bytes. */
  readonly shared: SharedArrayBuffer;
}

export type Report =
  | { readonly kind: "broken"; readonly input: Uint8Array; readonly error: string }
  | { readonly kind: "done"; readonly inputs: number };

const { target: name, seed, seconds, shared } = workerData as Work;
const header = new Int32Array(shared, 0, 2);
const room = new Uint8Array(shared, 8);
const target = (await TARGETS[name]?.()) ?? undefined;
if (target === undefined) throw new Error(`no target is called ${name}`);

const report = (what: Report) => parentPort?.postMessage(what);

async function fails(input: Uint8Array): Promise<string | undefined> {
  room.set(input.subarray(0, room.length));
  header[1] = Math.min(input.length, room.length);
  Atomics.add(header, 0, 1);
  const error = await failure(target!, input);
  return error === undefined ? undefined : error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Where an error was thrown: two inputs with the same answer show the same bug. */
const place = (stack: string | undefined) => {
  const frame = stack?.split("\n").find((line) => /^ +at (?!hold )/.test(line));
  return stack === undefined ? "" : `${/^\w+/.exec(stack)?.[0]} ${frame}`;
};

const until = Date.now() + 1000 * seconds;
const seen = new Set<string>();
const kept = keptInputs(name).map(({ bytes }) => bytes);
let inputs = 0;
for (const input of inputsOf(target, kept, seed)) {
  if (inputs++ >= kept.length && Date.now() >= until) break;
  const error = await fails(input);
  if (error === undefined || seen.has(place(error))) continue;
  seen.add(place(error));
  const smallest = await shrink(input, async (candidate) => place(await fails(candidate)) === place(error));
  report({ kind: "broken", input: smallest, error: (await fails(smallest)) ?? error });
  if (seen.size >= 5) break;
}
target.close?.();
report({ kind: "done", inputs });
