import type { Rule } from "../../model/rule.ts";
import { keywordGate, matchAt, matchEachPlain, matchPlain, type Match } from "../plain.ts";
import type { Engine, Rulebook, Survey } from "../rulebook.ts";
import { MATCH_WORDS, type Core } from "./core.ts";
import { Region, sideOf } from "./region.ts";

const NOTHING: Survey = { isEmpty: true, inClear: () => [], runs: [] };

/** Whether one of the rule's keywords stands where it must. */
type Gate = (rule: Rule) => boolean;

/** The core as a rulebook's engine: bytes or texts in, matches with their secrets out. */
export class CoreEngine implements Engine {
  readonly #core: Core;
  readonly #book: Pick<Rulebook, "rules">;
  /** Rules that the core does not look for. */
  readonly #left: ReadonlySet<Rule>;
  /** Where a caller reads files to, and where everything else is copied to. */
  readonly #room: Region;
  readonly #desk: Region;

  /** `core` looks for the rules of the book: a match's rule is the index there. */
  constructor(core: Core, book: Pick<Rulebook, "rules">) {
    this.#core = core;
    this.#book = book;
    const isLeft = (rule: Rule, index: number) => rule.pattern !== "" && !core.covers(index);
    this.#left = new Set(core.coversAll ? [] : book.rules.filter(isLeft));
    this.#desk = new Region(core);
    this.#room = new Region(core);
    this.#desk.address(1);
  }

  /** For who scans bytes where they lie, as the git source does; shared with this engine. */
  core(): Core {
    return this.#core;
  }

  takeExceeded(): readonly Rule[] {
    return this.#core.takeExceeded().map((index) => this.#book.rules[index]!);
  }

  room(size: number): Uint8Array {
    const address = this.#room.address(size);
    return new Uint8Array(this.#core.memory.buffer, address, size);
  }

  survey(bytes: Uint8Array, rulebook: Rulebook, maxDecodeDepth: number): Survey | undefined {
    if (bytes.length === 0) return NOTHING;
    const { memory } = this.#core;
    let address = bytes.byteOffset;
    if (bytes.buffer !== memory.buffer) {
      address = this.#desk.address(bytes.length);
      new Uint8Array(memory.buffer).set(bytes, address);
    }
    const hasLeft = this.#left.size > 0;
    const side = sideOf(address, bytes.length);
    const { count, runs } = this.#core.survey(address, bytes.length, side, maxDecodeDepth, hasLeft);
    if (this.#core.overflowed || runs === undefined) return undefined;
    if (count === 0 && runs.length === 0 && !hasLeft) return NOTHING;
    const matches = this.#core.matches.slice(0, count * MATCH_WORDS);
    return {
      isEmpty: false,
      runs,
      inClear: (text) => [
        ...(hasLeft ? matchPlain(text, rulebook, (rule) => this.#left.has(rule)) : []),
        ...this.#withSecrets(text, rulebook, matches, inLowerCase(text)),
      ],
    };
  }

  mayHold(text: string, maxDecodeDepth: number): boolean {
    if (text.length === 0 || this.#left.size > 0) return this.#left.size > 0;
    const most = 3 * text.length;
    const address = this.#desk.address(most);
    const length = Buffer.from(this.#core.memory.buffer, address, most).write(text);
    // What is refused in the whole need not be where a part of it is a text of its own.
    return this.#core.mayHold(address, length, sideOf(address, length), maxDecodeDepth, true);
  }

  match(text: string, rulebook: Rulebook): Match[] {
    const covered = this.#matchCovered(text, rulebook, inLowerCase(text));
    if (covered === undefined) return matchPlain(text, rulebook);
    return this.#left.size === 0
      ? covered
      : [...matchPlain(text, rulebook, (rule) => this.#left.has(rule)), ...covered];
  }

  matchEach(texts: readonly string[], rulebook: Rulebook, around: string): Match[][] {
    const left = this.#left.size === 0 ? [] : matchEachPlain(texts, rulebook, around, (rule) => this.#left.has(rule));
    const standsAround = inLowerCase(around);
    return texts.map((text, index) => {
      const standsInside = inLowerCase(text);
      const covered = this.#matchCovered(text, rulebook, (rule) => standsInside(rule) || standsAround(rule));
      if (covered === undefined) return matchEachPlain([text], rulebook, around)[0] ?? [];
      return [...(left[index] ?? []), ...covered];
    });
  }

  /** Undefined when there are more matches than the core can hold. */
  #matchCovered(text: string, rulebook: Rulebook, gate: Gate): Match[] | undefined {
    if (text.length === 0) return [];
    const address = this.#desk.address(text.length);
    Buffer.from(this.#core.memory.buffer, address, text.length).write(text, "latin1");
    const count = this.#core.scan(address, text.length);
    if (this.#core.overflowed) return undefined;
    return this.#withSecrets(text, rulebook, this.#core.matches.subarray(0, count * MATCH_WORDS), gate);
  }

  #withSecrets(text: string, rulebook: Rulebook, matches: Uint32Array, gate: Gate): Match[] {
    const found: Match[] = [];
    const part = (from: number, to: number) => text.slice(from, to);
    for (let at = 0; at < matches.length; at += MATCH_WORDS) {
      const rule = this.#book.rules[matches[at]!]!;
      const [start, end] = [matches[at + 1]!, matches[at + 2]!];
      // Most patterns hold their own keyword, so that the whole text is seldom asked.
      const own = rule.keywords.length === 0 ? "" : text.slice(start, end).toLowerCase();
      if (!rule.keywords.some((keyword) => own.includes(keyword)) && !gate(rule)) continue;
      const match = matchAt(part, rulebook, rule, start, end);
      if (match !== undefined) found.push(match);
    }
    return found;
  }
}

const inLowerCase = (text: string): Gate => keywordGate(() => text.toLowerCase());
