// Which secrets a comment beside them allowed, and where none does any more: there they are told although an older version holds them.
import type { Candidate } from "../../../model/candidate.ts";
import type { Hit } from "../scan/hit.ts";
import type { Version } from "../scan/fresh-hits.ts";
import { secretKey } from "../scan/sifter.ts";

/** Tells which candidates in these bytes a comment beside them allows. Undefined: none of any. */
export type AllowedIn = (bytes: Buffer) => ((candidate: Candidate) => boolean) | undefined;

interface Retold {
  readonly blob: string;
  readonly candidates: readonly Candidate[];
}

/** A version of a file, and what rules find at hits of it. */
export interface Readable extends Version {
  readonly candidatesAt: (bytes: Buffer, hits: readonly Hit[]) => readonly Candidate[];
}

const keyOf = ({ rule, secret }: Candidate) => secretKey(rule.id, secret.reveal());

export class Allowed {
  readonly #allowedIn: AllowedIn;
  readonly #read: (blob: string) => Buffer | undefined;
  /** Secrets that were told where a comment allows them. */
  readonly #keys = new Set<string>();
  /** What an earlier scan told and was not looked at yet, by secret. */
  #retold: Retold[] = [];
  readonly #unread = new Map<string, Set<Retold>>();

  constructor(allowedIn: AllowedIn, read: (blob: string) => Buffer | undefined) {
    this.#allowedIn = allowedIn;
    this.#read = read;
  }

  told(bytes: Buffer, candidates: readonly Candidate[]): void {
    const isAllowed = candidates.length === 0 ? undefined : this.#allowedIn(bytes);
    if (isAllowed === undefined) return;
    for (const candidate of candidates) if (isAllowed(candidate)) this.#keys.add(keyOf(candidate));
  }

  /** The same of what an earlier scan told: nothing is read until it is asked for. */
  retold(blob: string, candidates: readonly Candidate[]): void {
    this.#retold.push({ blob, candidates });
  }

  #wasAllowed(key: string): boolean {
    for (const file of this.#retold)
      for (const candidate of file.candidates) {
        const own = keyOf(candidate);
        const files = this.#unread.get(own);
        if (files === undefined) this.#unread.set(own, new Set([file]));
        else files.add(file);
      }
    this.#retold = [];
    for (const { blob, candidates } of this.#unread.get(key) ?? []) {
      const bytes = this.#read(blob);
      const ofKey = candidates.filter((candidate) => keyOf(candidate) === key);
      if (bytes !== undefined) this.told(bytes, ofKey);
    }
    this.#unread.delete(key);
    return this.#keys.has(key);
  }

  /**
   * Those of a file's hits, beside the fresh ones, that no comment allows, though one allowed each that the older versions hold of the
   * secret. `isPart`: of a part of a history, where what was told of the rest is not known.
   */
  freed(file: Readable, older: readonly Version[], fresh: readonly Hit[], isPart: boolean): readonly Hit[] {
    if (!isPart && this.#keys.size + this.#retold.length + this.#unread.size === 0) return [];
    const news = new Set(fresh);
    const left = file.hits.filter((hit) => !news.has(hit));
    const keys = new Set(left.map(({ key }) => key));
    if (!isPart) for (const key of keys) if (!this.#wasAllowed(key)) keys.delete(key);
    for (const { hits, bytes } of older) {
      const held = hits.filter(({ key }) => keys.has(key));
      if (held.length === 0) continue;
      for (const { key } of this.#openAmong({ ...file, hits: held, bytes })) keys.delete(key);
    }
    if (keys.size === 0) return [];
    return this.#openAmong({ ...file, hits: left.filter(({ key }) => keys.has(key)) });
  }

  /** Hits that nothing allows. */
  #openAmong({ hits, bytes, candidatesAt }: Readable): readonly Hit[] {
    const content = bytes();
    const isAllowed = content && this.#allowedIn(content);
    if (content === undefined || isAllowed === undefined) return hits;
    const allowed = candidatesAt(content, hits).filter(isAllowed);
    const isOf = ({ key, start, end }: Hit, candidate: Candidate) =>
      candidate.match.start < end && candidate.match.end > start && keyOf(candidate) === key;
    return hits.filter((hit) => !allowed.some((candidate) => isOf(hit, candidate)));
  }
}
