import type { Target } from "../target.ts";
import { CONFIGURATIONS } from "./documents/configurations.ts";
import type { Document } from "./documents/document.ts";
import { EXCLUSIONS } from "./documents/exclusions.ts";
import { PUSHES } from "./documents/pushes.ts";
import { REPORTS } from "./documents/reports.ts";

export const DOCUMENTS: Readonly<Record<string, Document>> = {
  ...CONFIGURATIONS,
  ...EXCLUSIONS,
  ...REPORTS,
  ...PUSHES,
};

/** A text format, as one target. */
export const documentTarget = (name: string) => (): Target => {
  const { read, seeds, words, heavy } = DOCUMENTS[name] as Document;
  return {
    name,
    rounds: 80,
    maxBytes: 1 << 14,
    run: (input) => read(Buffer.from(input).toString("utf8"), Buffer.from(input)),
    seeds: () => seeds.map((text) => Buffer.from(text)),
    ...(heavy && { heavy: () => heavy.map((text) => Buffer.from(text)) }),
    words,
  };
};
