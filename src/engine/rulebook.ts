import type { Rule } from "../model/rule.ts";

/** All rules, compiled. Immutable; share one in a process. */
export interface Rulebook {
  readonly rules: readonly Rule[];
  /** SHA-256 (hex) over everything that decides what is found: rules and engine version. Keys the ledger and caches. */
  readonly hash: string;
}
