/** A text format: how it is read, and texts and words of it. */
export interface Document {
  readonly read: (text: string, bytes: Buffer) => void;
  readonly seeds: readonly string[];
  readonly words: readonly string[];
  readonly heavy?: readonly string[];
}

export const nested = (open: string, close: string, times = 100_000) => open.repeat(times) + close.repeat(times);
