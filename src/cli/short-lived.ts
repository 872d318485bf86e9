// What V8 is told where a process ends as soon as a history is scanned.
import { setFlagsFromString } from "node:v8";

/** V8's own bound, in Node.js 20 to 24, in bytes of bytecode. */
const DEFAULT_BYTES = 920;
/** Small functions are put into their callers whatever the bound is. */
const LITTLE_BYTES = 100;

const inlineUpTo = (bytes: number) => setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${bytes}`);

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
