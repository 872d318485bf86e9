// The few parts of the WebAssembly API that we use: TypeScript describes them for browsers only.

/** A `WebAssembly.Memory`. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
  /** Adds pages of 64 KiB; every view of the old buffer is empty afterwards. */
  grow(pages: number): number;
}

interface Api {
  Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { exports: Record<string, unknown> };
  Memory: new (descriptor: { initial: number; maximum?: number }) => LinearMemory;
}

export const { Instance, Memory } = (globalThis as unknown as { WebAssembly: Api }).WebAssembly;
