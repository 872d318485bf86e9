import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { coreBinaries, quickTraining } from "../../src/config/engine-files.ts";
import { compileRules } from "../../src/engine/compile/compile-rules.ts";
import { Core, MATCH_WORDS, PADDING } from "../../src/engine/core/core.ts";
import { sideOf } from "../../src/engine/core/region.ts";
import { withClosing } from "../../src/engine/regex/closing.ts";
import type { Node } from "../../src/engine/regex/node.ts";
import { parseRegex } from "../../src/engine/regex/parse.ts";
import { sample } from "../../src/engine/regex/sample.ts";
import { toRegExpSource } from "../../src/engine/regex/to-regexp.ts";

export interface PatternRule {
  readonly id: string;
  readonly pattern: string;
}

/** A core that looks for all of the rules; none may be refused. */
export function coreOf(rules: readonly PatternRule[]): Core {
  const { image, refused } = compileRules(rules, quickTraining());
  assert.deepEqual(refused, []);
  const core = new Core(coreBinaries());
  core.load(
    image,
    rules.map(({ pattern }) => pattern),
  );
  return core;
}

/** "rule start end", sorted: equal lists mean equal findings. */
export type Spans = readonly string[];

/**
 * The same pattern with repeats of one set that stand side by side as one repeat. RE2 takes no more than a thousand at a time, so rules for
 * what is longer have several, and a native RegExp tries every way of sharing the bytes among them.
 */
function joined(node: Node): Node {
  if (node.kind === "group" || node.kind === "repeat") return { ...node, node: joined(node.node) };
  if (node.kind === "choice") return { ...node, nodes: node.nodes.map(joined) };
  if (node.kind !== "sequence") return node;
  const nodes: Node[] = [];
  for (const next of node.nodes.map(joined)) {
    const last = nodes.at(-1);
    const isSame =
      last?.kind === "repeat" &&
      next.kind === "repeat" &&
      last.node.kind === "set" &&
      last.lazy === next.lazy &&
      isDeepStrictEqual(last.node, next.node);
    if (isSame) nodes[nodes.length - 1] = { ...last, min: last.min + next.min, max: last.max + next.max };
    else nodes.push(next);
  }
  return { ...node, nodes };
}

/** Every rule over every byte, by a native RegExp. */
export class Reference {
  readonly #rules: readonly { readonly id: string; readonly regexp: RegExp }[];

  constructor(rules: readonly PatternRule[]) {
    this.#rules = rules
      .filter(({ pattern }) => pattern !== "")
      .map(({ id, pattern }) => ({
        id,
        regexp: new RegExp(toRegExpSource(joined(withClosing(parseRegex(pattern)))), "g"),
      }));
  }

  spans(bytes: Uint8Array, from = 0, to = bytes.length): Spans {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
    const spans: string[] = [];
    for (const { id, regexp } of this.#rules) {
      for (const match of text.matchAll(regexp)) {
        const end = match.index + match[0].length;
        if (match.index < to && end > from) spans.push(`${id} ${match.index} ${end}`);
      }
    }
    return spans.sort();
  }
}

/** Scans texts with a core, each surrounded by bytes that would change the answer if the core looked at them as text. */
export class CoreScanner {
  readonly #core: Core;
  readonly #rules: readonly PatternRule[];
  readonly #base: number;
  readonly #capacity: number;
  readonly #bytes: number;

  constructor(core: Core, rules: readonly PatternRule[], capacity: number) {
    this.#core = core;
    this.#rules = rules;
    this.#capacity = capacity;
    this.#bytes = capacity + Math.ceil(capacity / 2) + 8 * PADDING;
    this.#base = core.reserve(this.#bytes);
  }

  spans(bytes: Uint8Array, { from = 0, to = bytes.length, shift = 0 } = {}): Spans {
    return this.#told(this.#core.scan(this.#place(bytes, shift), bytes.length, from, to));
  }

  /** What a survey finds in clear, which goes another way to long runs. */
  surveyed(bytes: Uint8Array, { shift = 0 } = {}): Spans {
    const address = this.#place(bytes, shift);
    return this.#told(this.#core.survey(address, bytes.length, sideOf(address, bytes.length), 1).count);
  }

  #place(bytes: Uint8Array, shift: number): number {
    if (bytes.length > this.#capacity) throw new Error(`the text has ${bytes.length} bytes, room is ${this.#capacity}`);
    const address = this.#base + PADDING + shift;
    const memory = new Uint8Array(this.#core.memory.buffer, this.#base, this.#bytes).fill(0x61);
    memory.set(bytes, address - this.#base);
    return address;
  }

  #told(count: number): Spans {
    const { matches } = this.#core;
    const spans: string[] = [];
    for (let i = 0; i < count * MATCH_WORDS; i += MATCH_WORDS) {
      spans.push(`${this.#rules[matches[i]!]!.id} ${matches[i + 1]} ${matches[i + 2]}`);
    }
    return spans.sort();
  }
}

const BETWEEN = ["", "", " ", "\n", '"', "'", ";", "=", "_", "-", ".", "\\n", "a", "0", "\r\n", ": ", "\0", "é"];

/**
 * A text that provokes: samples of the rules' own patterns, whole, cut short, doubled, joined, with single bytes changed,
 * among glue that makes and breaks boundaries.
 */
export function provokingText(rules: readonly PatternRule[], random: () => number, pieces: number): Buffer {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const parts: string[] = [];
  for (let i = 0; i < pieces; i++) {
    let text = sample(parseRegex(pick(rules).pattern), random);
    const how = random();
    if (how < 0.1) text = text.slice(Math.floor(random() * text.length));
    else if (how < 0.2) text = text.slice(0, Math.floor(random() * text.length));
    else if (how < 0.3) text += text;
    else if (how < 0.45) {
      const at = Math.floor(random() * text.length);
      text = text.slice(0, at) + String.fromCharCode(Math.floor(random() * 256)) + text.slice(at + 1);
    } else if (how < 0.5) text = random() < 0.5 ? text.toUpperCase() : text.toLowerCase();
    parts.push(text, pick(BETWEEN), random() < 0.3 ? pick(BETWEEN) : "");
  }
  return Buffer.from(parts.join(""), "latin1");
}
