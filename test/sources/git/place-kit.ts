// Histories of any shape in one `git fast-import`, and what a scan tells of them, each finding as one line of text.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withEngine } from "../../../src/config/engine.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import type { HistoryOptions } from "../../../src/sources/git/history/history.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { GitKit, rulebook as plain } from "./git-kit.ts";

const rulebook = withEngine(plain);

/** A file's bytes; with a mode where it is no plain file. */
export type Content = string | Buffer | { readonly mode: string; readonly data: string | Buffer };
/** All files of a commit, by path; one character a byte. */
export type Files = Readonly<Record<string, Content>>;

export interface Drawn {
  readonly parents?: readonly string[];
  /** Seconds and zone, as git writes them. Left out: a minute after the commit before. */
  readonly date?: string;
  readonly authored?: string;
  readonly author?: string;
  readonly message?: string | Buffer;
}

const bytesOf = (content: string | Buffer) => (typeof content === "string" ? Buffer.from(content) : content);

/** Quotes as git does, so that any byte may stand in a path. */
const quoted = (path: string) =>
  `"${path.replace(/[^ -~]|["\\]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`)}"`;

/** Collects commits; `write` puts them into a repository. Commits are known by the names that the test gives them. */
export class Drawing {
  readonly #parts: Buffer[] = [];
  readonly #marks = new Map<string, number>();
  #minute = 0;

  #add(text: string): void {
    this.#parts.push(Buffer.from(text, "latin1"));
  }

  #data(bytes: Buffer): void {
    this.#add(`data ${bytes.length}\n`);
    this.#parts.push(bytes);
    this.#add("\n");
  }

  commit(name: string, files: Files, { parents = [], date, authored, author, message = name }: Drawn = {}): string {
    const mark = this.#marks.size + 1;
    this.#marks.set(name, mark);
    const when = date ?? `${1_700_000_000 + 60 * ++this.#minute} +0000`;
    const first = parents[0];
    if (first === undefined) this.#add("reset refs/heads/drawn\n");
    this.#add(
      `commit refs/heads/drawn\nmark :${mark}\nauthor ${author ?? "Ada <ada@example.org>"} ${authored ?? when}\n`,
    );
    this.#add(`committer Ada <ada@example.org> ${when}\n`);
    this.#data(bytesOf(message));
    for (const [number, parent] of parents.entries())
      this.#add(`${number === 0 ? "from" : "merge"} :${this.#markOf(parent)}\n`);
    this.#add("deleteall\n");
    for (const [path, content] of Object.entries(files)) {
      const { mode, data } =
        typeof content === "object" && "mode" in content ? content : { mode: "100644", data: content };
      if (mode === "160000") {
        this.#add(`M 160000 ${data.toString("latin1")} ${quoted(path)}\n`);
        continue;
      }
      this.#add(`M ${mode} inline ${quoted(path)}\n`);
      this.#data(bytesOf(data));
    }
    return name;
  }

  /** Commits one after the other. */
  line(first: readonly string[], ...more: readonly (readonly [name: string, files: Files, drawn?: Drawn])[]): void {
    let parents = first;
    for (const [name, files, drawn] of more) {
      this.commit(name, files, { parents, ...drawn });
      parents = [name];
    }
  }

  #markOf(name: string): number {
    const mark = this.#marks.get(name);
    if (mark === undefined) throw new Error(`no commit is called ${name}`);
    return mark;
  }

  /** @returns ids of the commits by name. A branch of that name leads to each commit that has no child. */
  write(kit: GitKit, branches: readonly string[]): Map<string, string> {
    for (const name of branches) this.#add(`reset refs/heads/${name}\nfrom :${this.#markOf(name)}\n`);
    this.#add("reset refs/heads/drawn\nfrom 0000000000000000000000000000000000000000\n");
    const marks = join(kit.dir, ".git", "marks");
    kit.run(["fast-import", "--quiet", "--force", `--export-marks=${marks}`], Buffer.concat(this.#parts));
    const ids = new Map(
      readFileSync(marks, "utf8")
        .split("\n")
        .map((line) => [line.slice(1, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
    );
    return new Map([...this.#marks].map(([name, mark]) => [name, ids.get(`${mark}`) ?? ""]));
  }
}

/** `commit path line.column-line.column secret`, the commit by its name where it has one. */
function shown(candidate: Candidate, names: ReadonlyMap<string, string>): string {
  const { provenance, span, secret } = candidate;
  const commit = provenance.commit === undefined ? "-" : (names.get(provenance.commit) ?? provenance.commit);
  const place = `${span.startLine}.${span.startColumn}-${span.endLine}.${span.endColumn}`;
  return `${commit} ${provenance.path ?? `(${provenance.kind})`} ${place} ${secret.reveal()}`;
}

/** All findings of a scan in which nothing was skipped. */
export async function told(
  kit: GitKit,
  ids: ReadonlyMap<string, string>,
  options: Partial<HistoryOptions> = {},
): Promise<string[]> {
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  const { candidates, coverage } = await scanHistory({ gitDir: kit.dir, rulebook, ...options });
  for (const { what, why } of coverage.skipped) throw new Error(`skipped ${what}: ${why}`);
  return candidates.map((candidate) => shown(candidate, names));
}
