import { compileRe2, type Re2 } from "./re2.ts";

/** Texts after which it pays to compile patterns once more, together. */
const PAYS_FROM_TEXTS = 1000;
/** As many are compiled into one: more of them could need more states than RE2 keeps, and it would begin anew again and again. */
const TOGETHER = 25;
/** Texts whose answer is kept. */
const MOST_KNOWN = 8192;

/**
 * Some thousands of patterns, asked of one short text after the other: what a configuration allows, of each secret that was found.
 * One by one they would take a millisecond or more for each; together they take a tenth of that as a rule, and a text that comes again
 * is not asked about again.
 */
export class ManyPatterns {
  readonly #sources: readonly string[];
  #patterns: readonly Re2[];
  readonly #known = new Map<string, boolean>();
  #asked = 0;

  /** @param patterns the same, compiled one by one. */
  constructor(sources: readonly string[], patterns: readonly Re2[]) {
    this.#sources = sources;
    this.#patterns = patterns;
  }

  /** Whether one of them matches in the text. */
  hold(text: string): boolean {
    let answer = this.#known.get(text);
    if (answer !== undefined) return answer;
    if (++this.#asked === PAYS_FROM_TEXTS) this.#patterns = together(this.#sources, this.#patterns);
    answer = this.#patterns.some((pattern) => pattern.test(text));
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(text, answer);
    return answer;
  }
}

function together(sources: readonly string[], patterns: readonly Re2[]): Re2[] {
  // A quote that nobody ends would take in what follows.
  const isAlone = sources.map((source) => source.includes(String.raw`\Q`));
  const joined = sources.flatMap((_, at) => (isAlone[at] === true ? [] : [at]));
  const compiled = patterns.filter((_, at) => isAlone[at]);
  for (let at = 0; at < joined.length; at += TOGETHER) {
    const some = joined.slice(at, at + TOGETHER);
    try {
      compiled.push(compileRe2(some.map((one) => `(?:${sources[one] ?? ""})`).join("|"), "allowlist regexes"));
    } catch {
      // Two that give a group the same name, or that are too large together.
      for (const one of some) compiled.push(patterns[one] as Re2);
    }
  }
  return compiled;
}
