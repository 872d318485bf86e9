import assert from "node:assert/strict";
import { crcToken } from "../../support/tokens.ts";
import { type Content, type Drawing, type Drawn, type Files } from "./place-kit.ts";

/** Line and column of the `nth` place of a secret, counted here byte by byte. A line feed may be two bytes wide. */
function placeOf(bytes: Buffer, secret: Buffer, nth: number, feed = Buffer.from("\n")): string {
  let at = -1;
  for (let n = 0; n < nth; n++) at = bytes.indexOf(secret, at + 1);
  assert.ok(at >= 0, "the shape's file holds its secret");
  const positionOf = (offset: number) => {
    let [line, start] = [1, 0];
    for (let end = bytes.indexOf(feed); end >= 0 && end < offset; end = bytes.indexOf(feed, start)) {
      line++;
      start = end + feed.length;
    }
    return `${line}.${offset - start + 1}`;
  };
  return `${positionOf(at)}-${positionOf(at + secret.length - 1)}`;
}

/** Where all shapes of one repository are drawn. */
export interface Sheet {
  readonly drawing: Drawing;
  /** What is expected of each shape, by its name. */
  readonly expected: Map<string, string[]>;
  /** Commits that a branch names. */
  readonly branches: string[];
  /** No two shapes share a secret. */
  seed: number;
}

/** One history below a root of its own, and what is to be told of it. */
export class Shape {
  readonly #name: string;
  readonly #sheet: Sheet;
  readonly #files = new Map<string, Files>();
  readonly #lines: string[] = [];

  constructor(name: string, sheet: Sheet) {
    this.#name = name;
    this.#sheet = sheet;
    sheet.expected.set(name, this.#lines);
  }

  secret(): string {
    return crcToken(1000 + this.#sheet.seed++);
  }

  commit(name: string, parents: readonly string[], files: Files, drawn: Drawn = {}): void {
    this.#files.set(name, files);
    const own = (commit: string) => `${this.#name}/${commit}`;
    this.#sheet.drawing.commit(own(name), files, { ...drawn, parents: parents.map(own) });
  }

  /** Commits one after the other. */
  line(...commits: readonly (readonly [name: string, files: Files, drawn?: Drawn])[]): void {
    commits.forEach(([name, files, drawn], at) => {
      const before = commits[at - 1];
      this.commit(name, before === undefined ? [] : [before[0]], files, drawn);
    });
  }

  branch(...names: readonly string[]): void {
    this.#sheet.branches.push(...names.map((name) => `${this.#name}/${name}`));
  }

  /** A finding of the shape: the `nth` time that the secret stands in the file. */
  expect(commit: string, path: string, secret: string, nth = 1, as = (text: string) => Buffer.from(text)): void {
    const content = this.#files.get(commit)?.[path] as Content;
    const data = typeof content === "object" && "mode" in content ? content.data : content;
    const place = placeOf(Buffer.from(data as string), as(secret), nth, as("\n"));
    this.#lines.push(`${this.#name}/${commit} ${Buffer.from(path, "latin1").toString()} ${place} ${secret}`);
  }
}
