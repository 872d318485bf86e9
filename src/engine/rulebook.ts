import { createHash } from "node:crypto";
import { PatrolError } from "../model/errors.ts";
import type { Rule } from "../model/rule.ts";
import { CHECKSUMS } from "./checksum/index.ts";
import { compileAllowlist } from "./allowlist.ts";
import type { Core } from "./core/core.ts";
import type { Step } from "./decode/index.ts";
import { appliesToPath } from "./path.ts";
import { compilePlain, type Match } from "./plain.ts";
import { asksForEdges } from "./regex/edges.ts";

/** Goes up whenever the same rules would find something else: it is part of the rulebook's hash. */
export const ENGINE_VERSION = 11;

/** All rules, compiled. Immutable; share one in a process. */
export interface Rulebook {
  readonly rules: readonly Rule[];
  /** SHA-256 (hex) over everything that decides what is found: rules and engine version. Keys the ledger and caches. */
  readonly hash: string;
  /** The fast engine for these rules; without it the plain one does the work, with the same result. */
  readonly engine?: Engine;
  /** Known without reading the rules, which takes a twentieth of a small scan: `areSimple` holds for them. Left out: nobody knows. */
  readonly isSimple?: boolean;
}

/** Whether all rules ask for content alone: none for a path only, for where a text begins or ends, or for what another finds. */
export const areSimple = (rules: readonly Rule[]): boolean =>
  !asksForEdges(rules) &&
  rules.every((rule) => rule.pattern !== "" && rule.required === undefined && rule.skipReport !== true);

/** Finds the matches of a rulebook's rules in a text of one character a byte. */
export interface Engine {
  match(text: string, rulebook: Rulebook): Match[];
  /** The matches in each of many short texts. A rule's keyword may also stand in `around`, the text that they come from. */
  matchEach(texts: readonly string[], rulebook: Rulebook, around: string): Match[][];
  /** Where in the bytes matches are: in clear, or in encoded runs. Undefined: nothing is known without looking. */
  survey?(bytes: Uint8Array, rulebook: Rulebook, maxDecodeDepth: number): Survey | undefined;
  /** Whether rules may match in the text, in clear or encoded: false is certain. Left out: nothing is known without looking. */
  mayHold?(text: string, maxDecodeDepth: number): boolean;
  /**
   * Memory to read an object of at most `size` bytes into, so that `survey` need not copy it: for who has much to scan. A view of it may die at any other call of this engine; asked for again, for no more bytes, it holds what it held.
   */
  room?(size: number): Uint8Array;
  /**
   * The rules that were given up in a text since this was last asked, because the text would have made them read it over and
   * over. Some of their matches are missing.
   */
  takeExceeded?(): readonly Rule[];
  /**
   * The core behind it, for who scans bytes where they lie; a match's rule is the index in the rulebook's rules. `room`: bytes
   * that will be reserved in its memory, which has them from the beginning where it is made now.
   */
  core?(room?: number): Core;
  /** What the same engine in another thread is made of. */
  twin?(): EngineTwin;
  /**
   * Lets go of its memory where that is more than it may keep, since none of WebAssembly ever shrinks: what comes next has another.
   * A core or room that was asked for before goes on, and is this engine's no longer.
   */
  release?(): void;
}

/** For an engine in another thread that looks for the same rules. */
export interface EngineTwin {
  readonly module: WebAssembly.Module;
  /** The rules, compiled. Undefined: those of the build, which lie in dist/. */
  readonly image?: Uint8Array;
}

/** What an engine saw in some bytes. To be used before the engine is asked anything else. */
export interface Survey {
  /** Nothing matches anywhere. */
  readonly isEmpty: boolean;
  /** The matches in the text itself, which is that of the same bytes. */
  readonly inClear: (text: string) => Match[];
  /** How to get to each encoded run in which something matches, or may match. */
  readonly runs: readonly (readonly Step[])[];
}

/** The fields that decide what is found, in a fixed order; names and references may change without a new scan. */
function decisive(rule: Rule): unknown[] {
  return [
    rule.id,
    rule.pattern,
    rule.secretGroup,
    rule.keywords,
    rule.checksum ?? null,
    rule.entropy ?? null,
    rule.path ?? null,
    rule.allowlists.map((a) => [a.condition, a.paths, a.commits, a.target, a.regexes, a.stopWords, a.digests ?? []]),
    (rule.required ?? []).map((r) => [r.id, r.withinLines ?? null, r.withinColumns ?? null]),
    rule.skipReport ?? false,
  ];
}

/** Of JSON, rule by rule: where all have a long allowlist it would be longer than a string can be. */
function hashOf(rules: readonly Rule[]): string {
  const hash = createHash("sha256").update(`[${ENGINE_VERSION},[`);
  rules.forEach((rule, at) => hash.update(`${at > 0 ? "," : ""}${JSON.stringify(decisive(rule))}`));
  return hash.update("]]").digest("hex");
}

function check(rules: readonly Rule[]): void {
  const seen = new Set<string>();
  for (const rule of rules) {
    if (seen.has(rule.id)) throw new PatrolError("rule-invalid", `rule ${rule.id}: the id is taken by another rule`);
    seen.add(rule.id);
    if (rule.checksum !== undefined && CHECKSUMS[rule.checksum] === undefined) {
      const known = Object.keys(CHECKSUMS).join(", ");
      throw new PatrolError(
        "rule-invalid",
        `rule ${rule.id}: no checksum is called ${rule.checksum}; there are ${known}`,
      );
    }
  }
  for (const rule of rules) {
    appliesToPath(rule, "");
    for (const allowlist of rule.allowlists) compileAllowlist(allowlist, `rule ${rule.id}`);
    for (const { id } of rule.required ?? []) {
      if (!seen.has(id))
        throw new PatrolError("rule-invalid", `rule ${rule.id}: it requires ${id}, which is not there`);
    }
  }
}

/**
 * Rules that were checked before, as the built-in ones are when Patrol is built: nothing is compiled before it is needed.
 *
 * @param hash theirs, where it is known.
 */
export function checkedRulebook(rules: readonly Rule[], hash?: string): Rulebook {
  return Object.freeze({
    rules: Object.freeze([...rules]),
    get hash() {
      return (hash ??= hashOf(rules));
    },
  });
}

/** Throws `rule-invalid`, naming the rule and the field, when a rule cannot be used. */
export function compileRulebook(rules: readonly Rule[]): Rulebook {
  check(rules);
  compilePlain(rules);
  return checkedRulebook(rules);
}

/** Says which rules a text made read so much that they were given up (`takeExceeded`). */
export const givenUp = (ids: readonly string[]): string =>
  `not wholly looked at by the rule ${ids.join(", ")}: the text would make it read everything over and over`;
