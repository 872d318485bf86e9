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

interface Libarchive {
  readonly library: LibarchiveWasm;
  /**
   * From now on it takes no more memory than that, in bytes, but for what it has: where it needs more, as for the target of a link, which
   * it holds whole, it says so and reads no further.
   */
  readonly holdTo: (bytes: number) => void;
}

/** A new instance: what one does is nothing to another. */
async function loadLibarchive(): Promise<Libarchive> {
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

/** An instance at work, and a spare that lets it be replaced at once: whoever reads an archive cannot wait for another. */
export class LibarchivePair {
  #used: Libarchive;
  #spare: Libarchive;

  private constructor(used: Libarchive, spare: Libarchive) {
    this.#used = used;
    this.#spare = spare;
  }

  static async load(): Promise<LibarchivePair> {
    return new LibarchivePair(await loadLibarchive(), await loadLibarchive());
  }

  /** The instance at work, which from now on takes no more than that many bytes of memory. */
  holding(bytes: number): LibarchiveWasm {
    this.#used.holdTo(bytes);
    return this.#used.library;
  }

  /** Away with the one at work, which met something corrupt. */
  replace(): void {
    this.#used = this.#spare;
    void loadLibarchive().then((fresh) => (this.#spare = fresh));
  }
}
