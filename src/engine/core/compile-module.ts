/** Compiles WebAssembly. `name` tells apart what one program compiles. */
export type CompileModule = (binary: Uint8Array<ArrayBuffer>, name: string) => WebAssembly.Module;

let compile: CompileModule = (binary) => new WebAssembly.Module(binary);

export const compileModule: CompileModule = (binary, name) => compile(binary, name);

/** For who has compiled code at hand. In this thread only: a module that is sent to another one brings its code along. */
export function compileModulesBy(other: CompileModule): void {
  compile = other;
}
