// What V8 is told where a process ends as soon as a history is scanned.
import { setTieringBudget, setV8Flag } from "../config/v8-flags.ts";

/** V8's own bound, in Node.js 20 to 24, in bytes of bytecode. */
const DEFAULT_BYTES = 920;
/** Small functions are put into their callers whatever the bound is. */
const LITTLE_BYTES = 100;

const upTo = (bytes: number) => `--max-inlined-bytecode-size-cumulative=${bytes}`;
const inlineUpTo = (bytes: number) => setV8Flag(upTo(bytes), upTo(DEFAULT_BYTES));

/**
 * Has V8 put little but the smallest functions into those that call them, while `work` goes on. The innermost loops are WebAssembly;
 * to optimise the JavaScript around them together with all that it calls took a fifth of the CPU time of a scan of 50,000 objects,
 * and a tenth with 200,000, for nothing: the scan itself ran no faster.
 */
export async function withLittleInlining<T>(work: () => Promise<T>): Promise<T> {
  inlineUpTo(LITTLE_BYTES);
  try {
    return await work();
  } finally {
    // As in config/v8-flags.ts.
    inlineUpTo(DEFAULT_BYTES);
  }
}

/** Packs of so many bytes are gone through before code that was optimised would pay. */
const FEW_BYTES = 8 << 20;
/** A tenth of a second of a loop: what runs longer is optimised all the same. */
const LATE = 100_000_000;

/** In Node.js 22 what `--no-opt` brings along stays when it is taken back, and V8 would refuse the code that is kept. */
const comesBack = /^(20|24)\./.test(process.versions.node);

/**
 * Has V8 optimise nothing where little is to be read, as after an earlier scan: its threads took a third of the CPU time for
 * code that was needed no more when it was there.
 */
export function expectToRead(packBytes: number): void {
  const isLittle = packBytes <= FEW_BYTES;
  if (comesBack) setV8Flag(isLittle ? "--no-opt" : "--opt", "--opt");
  setV8Flag(isLittle ? "--no-parallel-scavenge" : "--parallel-scavenge", "--parallel-scavenge");
  setTieringBudget(isLittle ? LATE : undefined);
}
