// Loads libarchive, which is built for WebAssembly, with a bound of its own for the memory that it takes.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { LibarchiveWasm } from "libarchive-wasm";

let carried: (() => Uint8Array<ArrayBuffer>) | undefined;

/** For the standalone binary, which carries libarchive in itself. */
export function carryLibarchive(read: () => Uint8Array<ArrayBuffer>): void {
  carried = read;
}

const PAGE = 65_536;

/** In the bundle for the command line, which is CommonJS, there is no `import.meta.url`. */
const here = () => (typeof __filename === "string" ? __filename : import.meta.url);

const readInstalled = () =>
  readFileSync(join(dirname(createRequire(here()).resolve("libarchive-wasm")), "libarchive.wasm"));

let compiled: WebAssembly.Module | undefined;

/** What libarchive is instantiated with, by Emscripten's `instantiateWasm`. */
type Instantiated = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;

export interface Libarchive {
  readonly library: LibarchiveWasm;
  /**
   * From now on it takes no more memory than that, in bytes, but for what it has: where it needs more, as for the target of a link, which
   * it holds whole, it says so and reads no further.
   */
  readonly holdTo: (bytes: number) => void;
}

/** A new instance: what one does is nothing to another. */
export async function loadLibarchive(): Promise<Libarchive> {
  const { libarchiveWasm } = await import("libarchive-wasm");
  compiled ??= new WebAssembly.Module((carried ?? readInstalled)());
  const module = compiled;
  let most = Infinity;
  const instantiateWasm = (imports: Record<string, Record<string, unknown>>, done: Instantiated) => {
    const instance = new WebAssembly.Instance(module, imports);
    for (const memory of Object.values(instance.exports)) {
      if (!(memory instanceof WebAssembly.Memory)) continue;
      const grow = memory.grow.bind(memory);
      memory.grow = (pages) => {
        if (memory.buffer.byteLength + pages * PAGE > most) throw new RangeError("more memory than is allowed");
        return grow(pages);
      };
    }
    done(instance, module);
  };
  const library = await libarchiveWasm({ instantiateWasm });
  return { library, holdTo: (bytes) => void (most = bytes) };
}
