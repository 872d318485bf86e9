import type { Rule } from "../../model/rule.ts";
import { matchAt, matchPlain, type Match } from "../plain.ts";
import type { Engine, Rulebook } from "../rulebook.ts";
import { MATCH_WORDS, PADDING, type Core } from "./core.ts";

/** Texts are scanned in one piece; room for them is made in steps, so that the memory grows seldom. */
const STEP_BYTES = 4 << 20;

/** The core as a rulebook's engine: whole texts in, matches with their secrets out. */
export class CoreEngine implements Engine {
  readonly #core: Core;
  readonly #rules: readonly Rule[];
  readonly #left: ReadonlySet<Rule>;
  #address = 0;
  #capacity = 0;

  /** `core` looks for `rules`: a match's rule is the index there. */
  constructor(core: Core, rules: readonly Rule[]) {
    this.#core = core;
    this.#rules = rules;
    this.#left = new Set(rules.filter((_, i) => !core.covers(i)));
  }

  /** For who scans bytes where they lie, as the git source does; shared with this engine. */
  core(): Core {
    return this.#core;
  }

  match(text: string, rulebook: Rulebook): Match[] {
    const found = this.#left.size === 0 ? [] : matchPlain(text, rulebook, (rule) => this.#left.has(rule));
    if (text.length === 0) return found;
    this.#makeRoom(text.length);
    const memory = this.#core.memory.buffer;
    Buffer.from(memory, this.#address, text.length).write(text, "latin1");
    const count = this.#core.scan(this.#address, text.length);
    if (this.#core.overflowed) return matchPlain(text, rulebook);
    if (count === 0) return found;
    const { matches } = this.#core;
    let folded: string | undefined;
    for (let at = 0; at < count * MATCH_WORDS; at += MATCH_WORDS) {
      const rule = this.#rules[matches[at]!]!;
      if (rule.keywords.length > 0) {
        folded ??= text.toLowerCase();
        if (!rule.keywords.some((keyword) => folded?.includes(keyword))) continue;
      }
      const match = matchAt(text, rulebook, rule, matches[at + 1]!, matches[at + 2]!);
      if (match !== undefined) found.push(match);
    }
    return found;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#capacity) return;
    this.#capacity = Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
    this.#address = this.#core.reserve(this.#capacity + 2 * PADDING) + PADDING;
  }
}
