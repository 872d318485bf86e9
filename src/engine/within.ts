// What might begin within a match: from that it keeps others of its rule, as long as it stands.
import { LazyAutomaton } from "./compile/lazy-automaton.ts";
import { withClosing } from "./regex/closing.ts";
import { repeatsNothing } from "./regex/node.ts";
import { parseRegex } from "./regex/parse.ts";

/** In longer matches nobody looks: every byte is a beginning, from which all that follow may be read. */
const LONGEST = 256;

/** Start and end of a match, the latter as `Match.next`. */
type Span = readonly [start: number, end: number];

export class Within {
  readonly #automaton: LazyAutomaton;

  private constructor(automaton: LazyAutomaton) {
    this.#automaton = automaton;
  }

  /** Undefined for a pattern of which nothing can be said. */
  static of(pattern: string): Within | undefined {
    const node = parseRegex(pattern);
    const automaton = repeatsNothing(node) ? undefined : LazyAutomaton.of(withClosing(node));
    return automaton && new Within(automaton);
  }

  /**
   * The matches that begin within one, behind its first byte, each as if none stood before it.
   *
   * @param text the bytes of the match, and the one behind it where there is one: latin1.
   * @param length bytes of the match.
   * @returns undefined where what stands further on may have a say, or where it would take too long to tell.
   */
  find(text: string, length: number): readonly Span[] | undefined {
    if (length > LONGEST) return undefined;
    const bytes = Buffer.from(text, "latin1");
    const isEnd = bytes.length === length;
    const found: Span[] = [];
    for (let start = 1; start < length; start++) {
      const end = this.#automaton.endIn(bytes, start, isEnd);
      if (end === undefined) return undefined;
      if (end > start) found.push([start, end]);
    }
    return found;
  }
}
