/**
 * WebAssembly with the code that V8's optimiser made of it in an earlier run. Otherwise each process has the same functions
 * optimised again: a twentieth of the CPU time of `patrol dir` on 28,000 files, a seventh of that of `patrol git` on 5,000 commits.
 *
 * V8 has no other way to it from within Node.js than two functions made for its own tests. Where they do not exist, or refuse, WebAssembly
 * is compiled as ever; and what is wrong with a kept file, its place or its owner costs time only, as in code-cache.ts.
 */
import { Script } from "node:vm";
import { cacheFolder, isOwn, readOwnTwice } from "../../config/cache-folder.ts";
import { keepFile } from "../../config/keep-file.ts";
import { setFlag } from "../../config/set-v8-flag.ts";
import { suspendV8Flags, withRelaxedSimd } from "../../config/v8-flags.ts";
import { compileModulesBy } from "../../engine/core/compile-module.ts";
import { fileName } from "./code-cache.ts";

/** V8's functions. */
interface Natives {
  /** Aborts the process when no function of the module was optimised. */
  readonly serialize: (module: WebAssembly.Module) => ArrayBuffer;
  /** Undefined: the code is of another version of V8, of other flags or another processor. */
  readonly deserialize: (code: ArrayBuffer, binary: Uint8Array) => WebAssembly.Module | undefined;
  readonly optimise: (exported: unknown) => void;
  readonly isOptimised: (exported: unknown) => boolean;
}

const NATIVES = `({
  serialize: (module) => %SerializeWasmModule(module),
  deserialize: (code, binary) => %DeserializeWasmModule(code, binary),
  optimise: (exported) => %WasmTierUpFunction(exported),
  isOptimised: (exported) => %IsTurboFanFunction(exported),
})`;

/**
 * Lines of Node.js, each of which stays with one version of V8, in which the functions were seen to do what is said above. In another
 * one they might end the process instead of refusing. On Windows no folder is certain to be the user's alone.
 */
export const mayKeepModules = /^v(20|22|24)\./.test(process.version) && process.platform !== "win32";

/** Shorter runs have little optimised: Node.js starts, and Patrol with it, in 30. In milliseconds of CPU time. */
const LONG_MS = 50;
/** A run that took so many times as long has more of it optimised, and its code replaces the other's. */
const LONGER = 1.25;

/** What stands before the module and its code: how long the run was, in milliseconds. */
const HEAD_BYTES = 4;

interface Compiled {
  readonly module: WebAssembly.Module;
  readonly binary: Uint8Array;
  readonly name: string;
  /** How long the run was whose code this is; 0: it is new. */
  readonly keptMs: number;
}

/**
 * Calls `work` under the flags that this process began with, and those that modules and V8's functions need: code is taken only under
 * the flags that it was made under. Undefined: one of the functions does not exist.
 */
function natively<T>(work: (natives: Natives) => T): T | undefined {
  const resume = suspendV8Flags();
  try {
    setFlag("--allow-natives-syntax");
    return withRelaxedSimd(() => work(new Script(NATIVES).runInThisContext() as Natives));
  } catch {
    return undefined;
  } finally {
    setFlag("--no-allow-natives-syntax");
    resume();
  }
}

/** What an earlier run kept of the same module. The file holds all of it twice, as V8 trusts the code that it is given. */
function readKept(name: string, binary: Uint8Array): { keptMs: number; code: ArrayBuffer } | undefined {
  try {
    const folder = cacheFolder("modules");
    const whole = folder && isOwn(folder, "isDirectory") ? readOwnTwice(`${folder}/${name}`) : undefined;
    const codeAt = HEAD_BYTES + binary.length;
    if (whole === undefined || whole.length <= codeAt) return undefined;
    if (whole.compare(binary, 0, binary.length, HEAD_BYTES, codeAt) !== 0) return undefined;
    const code = new Uint8Array(whole.subarray(codeAt));
    return { keptMs: whole.readUInt32LE(), code: code.buffer };
  } catch {
    return undefined;
  }
}

/** A function that the module exports. Whether it is optimised can be told of those of an instance only. */
function exportOf(module: WebAssembly.Module): unknown {
  const imports: Record<string, Record<string, unknown>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = kind === "memory" ? new WebAssembly.Memory({ initial: 1 }) : () => 0;
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  return Object.values(exports).find((one) => typeof one === "function");
}

function codeOf(module: WebAssembly.Module): ArrayBuffer | undefined {
  return natively(({ optimise, isOptimised, serialize }) => {
    const exported = exportOf(module);
    if (exported === undefined) return undefined;
    optimise(exported);
    return isOptimised(exported) ? serialize(module) : undefined;
  });
}

/**
 * Takes kept code for the modules that are compiled from here on.
 *
 * @param use what the process is run for, where that decides what is optimised.
 * @returns keeps their code, when this run was long enough to have much of it optimised.
 */
export function takeKeptModules(use: string): () => void {
  const compiled: Compiled[] = [];
  if (!mayKeepModules) return () => undefined;
  compileModulesBy((binary, moduleName) => {
    const name = fileName(`${use} ${moduleName}`, process.env);
    const kept = readKept(name, binary);
    const old = kept && natively(({ deserialize }) => deserialize(kept.code, binary));
    const module = old ?? withRelaxedSimd(() => new WebAssembly.Module(binary));
    compiled.push({ module, binary, name, keptMs: old && kept ? kept.keptMs : 0 });
    return module;
  });
  return () => {
    const { user, system } = process.cpuUsage();
    const tookMs = Math.round((user + system) / 1000);
    if (tookMs < LONG_MS) return;
    for (const { module, binary, name, keptMs } of compiled) {
      if (tookMs < keptMs * LONGER) continue;
      const code = codeOf(module);
      if (code === undefined) continue;
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt32LE(tookMs);
      const all = [head, binary, new Uint8Array(code)];
      keepFile("modules", name, Buffer.concat([...all, ...all]));
    }
  };
}
