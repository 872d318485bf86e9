// A token of every built-in rule, each brought in by another commit, as people bring them: told once, and where it came in.
import assert from "node:assert/strict";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { builtInRulebook } from "../../../src/config/rulebook.ts";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { fill } from "../../../src/engine/rule-samples.ts";
import { scan } from "../../../src/engine/scan.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { GitKit } from "./git-kit.ts";
import { Drawing, type Files } from "./place-kit.ts";

const rulebook = withEngine(builtInRulebook());
interface Planted {
  readonly rule: string;
  readonly lines: readonly string[];
  readonly token: string;
}

/** An example of each rule with its token; without those in which other rules find something too. */
function examples(): Planted[] {
  const all = rulebook.rules.map((rule, seed) =>
    fill(rule, rule.examples[seed % rule.examples.length] ?? "", 31 + seed),
  );
  const ends: number[] = [];
  for (const { text } of all) ends.push((ends.at(-1) ?? 0) + Buffer.byteLength(text) + 2);
  const found: string[][] = all.map(() => []);
  const bytes = Buffer.from(all.map(({ text }) => `${text}\n\n`).join(""));
  for (const { span, rule, secret } of scan({ bytes, provenance: { kind: "text" } }, rulebook))
    found[ends.findIndex((end) => span.start < end)]?.push(`${rule.id} ${secret.reveal()}`);
  return rulebook.rules.flatMap((rule, i) => {
    const { text, token } = all[i] ?? assert.fail();
    const isAlone =
      found[i]?.length === 1 &&
      found[i][0] === `${rule.id} ${token}` &&
      text.split("\n", 1)[0]?.includes(token.split("\n", 1)[0] ?? "");
    return isAlone ? [{ rule: rule.id, lines: text.split("\n"), token }] : [];
  });
}

/** Files that grow and lose lines again, move, and are brought together from branches. */
class Author {
  readonly drawing = new Drawing();
  readonly expected: string[] = [];
  readonly #below: (n: number) => number;
  #files = new Map<string, string[]>(Array.from({ length: 7 }, (_, n) => [`src/file${n}.txt`, []]));
  #head: string | undefined;
  #side: { readonly name: string; readonly files: ReadonlyMap<string, string[]> } | undefined;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#below = (n) => Math.floor(random() * n);
  }

  #plain(): string[] {
    return Array.from({ length: this.#below(4) }, () => `line ${this.#below(100_000)}`);
  }

  #commit(name: string, files: Map<string, string[]>, parents: readonly string[], message = name): string {
    const all: Files = Object.fromEntries([...files].map(([path, lines]) => [path, `${lines.join("\n")}\n`]));
    return this.drawing.commit(name, all, { parents, message });
  }

  /** Brings tokens in, each in a file of its own or in the message, with one of what else may happen to the files. */
  plant(news: readonly Planted[], step: number): void {
    const name = `c${step}`;
    const files = new Map([...this.#files].map(([path, lines]) => [path, [...lines]]));
    const parents = this.#head === undefined ? [] : [this.#head];
    const free = [...files.keys()].sort();
    let message = name;
    for (const [number, { rule, lines, token }] of news.entries()) {
      if (step % 5 === 3 && number === 0) {
        message = `${name}\n\n${lines.join("\n")}\n`;
        this.expected.push(`${name} commit-message:3 ${rule} ${token}`);
        continue;
      }
      if (step % 20 === 15 && number === 1 && this.#side !== undefined) {
        const path = `side/file${step}.txt`;
        const text = [...this.#plain(), lines.join("\n")];
        const side = this.#commit(`s${step}`, new Map([...this.#side.files, [path, text]]), [this.#side.name]);
        this.expected.push(`${side} ${path}:${text.length} ${rule} ${token}`);
        parents.push(side);
        files.set(path, text);
        continue;
      }
      const [path = ""] = free.splice(this.#below(free.length), 1);
      const own = files.get(path) ?? [];
      // What stands there goes now and then, with the tokens of others in it, and nobody wants to know.
      if (step % 3 === 2) own.splice(this.#below(own.length), 6);
      const before = this.#plain();
      const at = this.#below(own.length + 1);
      // Lines of one key stay together: one that lost a line would be another key.
      own.splice(at, 0, ...before, lines.join("\n"), ...this.#plain());
      const above = own.slice(0, at + before.length).reduce((sum, part) => sum + part.split("\n").length, 0);
      const isMoved = step % 4 === 1 && number === 1;
      const target = isMoved ? `moved/file${step}.txt` : path;
      if (isMoved) files.delete(path);
      files.set(target, own);
      this.expected.push(`${name} ${target}:${above + 1} ${rule} ${token}`);
    }
    if (step % 20 === 10 && this.#head !== undefined) this.#side = { name: this.#head, files: this.#files };
    this.#head = this.#commit(name, files, parents, message);
    this.#files = files;
  }

  get head(): string {
    return this.#head ?? "";
  }
}

const A_COMMIT = 3;

test("a token of every rule is told once, by the commit, path and line that brought it", async () => {
  const planted = examples();
  assert.ok(planted.length > 0.95 * rulebook.rules.length, `${planted.length} of ${rulebook.rules.length}`);
  const author = new Author(3);
  for (let at = 0; at < planted.length; at += A_COMMIT) author.plant(planted.slice(at, at + A_COMMIT), at / A_COMMIT);
  const kit = new GitKit();
  const ids = author.drawing.write(kit, [author.head]);
  kit.git("repack", "-adfq", "--depth=50");
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  const { candidates, coverage } = await scanHistory({ gitDir: kit.dir, rulebook });
  assert.deepEqual(coverage.skipped, []);
  const told = candidates.map(({ provenance: { commit, path, kind }, span, rule, secret }) =>
    [`${names.get(commit ?? "") ?? ""} ${path ?? kind}:${span.startLine}`, rule.id, secret.reveal()].join(" "),
  );
  assert.deepEqual(told.sort(), author.expected.sort());
});
