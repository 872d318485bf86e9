import { createHash } from "node:crypto";
import { goDate } from "./go-date.ts";
import { goQuote, show, truth } from "./values.ts";

type Dictionary = Record<string, unknown>;

const hex = (algorithm: string) => (text: string) => createHash(algorithm).update(text).digest("hex");
const asDate = (value: unknown) =>
  value instanceof Date ? value : new Date(typeof value === "number" ? value * 1000 : show(value));
const literal = (characters: string) => characters.replace(/[\\\]^-]/g, "\\$&");
const trimAll = (cut: string, text: string) =>
  text.replace(new RegExp(`^[${literal(cut)}]+|[${literal(cut)}]+$`, "g"), "");
const words = (text: string) => text.match(/[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])/g) ?? [];
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The functions of sprig that reports use. All pure: no clock, no files, no environment. */
export const SPRIG: Record<string, (...args: never[]) => unknown> = {
  add: (...numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0),
  add1: (number: number) => number + 1,
  sub: (a: number, b: number) => a - b,
  mul: (...numbers: number[]) => numbers.reduce((product, number) => product * number, 1),
  div: (a: number, b: number) => Math.trunc(a / b),
  mod: (a: number, b: number) => a % b,
  max: (...numbers: number[]) => Math.max(...numbers),
  min: (...numbers: number[]) => Math.min(...numbers),
  floor: (value: unknown) => Math.floor(Number(value)),
  ceil: (value: unknown) => Math.ceil(Number(value)),
  round: (value: unknown, digits: number) => Math.round(Number(value) * 10 ** digits) / 10 ** digits,
  int: (value: unknown) => Math.trunc(Number(value)),
  int64: (value: unknown) => Math.trunc(Number(value)),
  float64: Number,
  atoi: (text: string) => (/^[-+]?\d+$/.test(text) ? Number(text) : 0),
  quote: (...values: unknown[]) => values.map((value) => goQuote(show(value))).join(" "),
  squote: (...values: unknown[]) => values.map((value) => `'${show(value)}'`).join(" "),
  cat: (...values: unknown[]) => values.map(show).join(" "),
  upper: (text: string) => text.toUpperCase(),
  lower: (text: string) => text.toLowerCase(),
  title: (text: string) => text.replace(/(^|\s)\S/g, (letter) => letter.toUpperCase()),
  untitle: (text: string) => text.replace(/(^|\s)\S/g, (letter) => letter.toLowerCase()),
  snakecase: (text: string) => words(text).join("_").toLowerCase(),
  kebabcase: (text: string) => words(text).join("-").toLowerCase(),
  trim: (text: string) => text.trim(),
  trimAll,
  trimall: trimAll,
  trimPrefix: (prefix: string, text: string) => (text.startsWith(prefix) ? text.slice(prefix.length) : text),
  trimSuffix: (suffix: string, text: string) =>
    text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text,
  trunc: (length: number, text: string) => (length < 0 ? text.slice(length) : text.slice(0, length)),
  abbrev: (length: number, text: string) =>
    text.length <= length || length < 4 ? text : `${text.slice(0, length - 3)}...`,
  substr: (from: number, to: number, text: string) => text.slice(Math.max(from, 0), to < 0 ? undefined : to),
  replace: (from: string, to: string, text: string) => text.replaceAll(from, to),
  repeat: (count: number, text: string) => text.repeat(Math.min(Math.max(count, 0), 10_000)),
  contains: (part: string, text: string) => text.includes(part),
  hasPrefix: (prefix: string, text: string) => text.startsWith(prefix),
  hasSuffix: (suffix: string, text: string) => text.endsWith(suffix),
  plural: (one: string, many: string, count: number) => (count === 1 ? one : many),
  indent: (width: number, text: string) => text.replace(/^/gm, " ".repeat(width)),
  nindent: (width: number, text: string) => `\n${text.replace(/^/gm, " ".repeat(width))}`,
  nospace: (text: string) => text.replace(/\s/g, ""),
  join: (separator: string, list: unknown[]) => list.map(show).join(separator),
  splitList: (separator: string, text: string) => text.split(separator),
  sortAlpha: (list: unknown[]) => list.map(show).sort(compareText),
  toStrings: (list: unknown[]) => list.map(show),
  base: (path: string) => path.split("/").filter(Boolean).at(-1) ?? "",
  dir: (path: string) => path.split("/").slice(0, -1).join("/") || ".",
  ext: (path: string) => /\.[^./]*$/.exec(path)?.[0] ?? "",
  default: (fallback: unknown, value: unknown) => (truth(value) ? value : fallback),
  empty: (value: unknown) => !truth(value),
  coalesce: (...values: unknown[]) => values.find(truth),
  all: (...values: unknown[]) => values.every(truth),
  any: (...values: unknown[]) => values.some(truth),
  ternary: (yes: unknown, no: unknown, condition: unknown) => (truth(condition) ? yes : no),
  list: (...values: unknown[]) => values,
  first: (list: unknown[]) => list[0],
  last: (list: unknown[]) => list.at(-1),
  rest: (list: unknown[]) => list.slice(1),
  initial: (list: unknown[]) => list.slice(0, -1),
  append: (list: unknown[], value: unknown) => [...list, value],
  prepend: (list: unknown[], value: unknown) => [value, ...list],
  concat: (...lists: unknown[][]) => lists.flat(),
  reverse: (list: unknown[]) => [...list].reverse(),
  has: (value: unknown, list: unknown[]) => list.includes(value),
  without: (list: unknown[], ...values: unknown[]) => list.filter((value) => !values.includes(value)),
  compact: (list: unknown[]) => list.filter(truth),
  uniq: (list: unknown[]) => [...new Set(list)],
  until: (count: number) => Array.from({ length: Math.min(Math.max(count, 0), 10_000) }, (_, index) => index),
  dict: (...pairs: unknown[]) =>
    Object.fromEntries(
      pairs.flatMap((key, index) => (index % 2 === 0 ? [[show(key), pairs[index + 1] ?? ""] as const] : [])),
    ),
  get: (from: Dictionary, key: string) => (Object.hasOwn(from, key) ? from[key] : ""),
  set: (into: Dictionary, key: string, value: unknown) =>
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true }),
  hasKey: (from: Dictionary, key: string) => Object.hasOwn(from, key),
  keys: (from: Dictionary) => Object.keys(from),
  values: (from: Dictionary) => Object.values(from),
  date: (layout: string, value: unknown) => goDate(layout, asDate(value)),
  htmlDate: (value: unknown) => goDate("2006-01-02", asDate(value)),
  unixEpoch: (value: unknown) => String(Math.floor(asDate(value).getTime() / 1000)),
  sha1sum: hex("sha1"),
  sha256sum: hex("sha256"),
  sha512sum: hex("sha512"),
  b64enc: (text: string) => Buffer.from(text).toString("base64"),
  b64dec: (text: string) => Buffer.from(text, "base64").toString(),
  toString: (value: unknown) => show(value),
  toJson: (value: unknown) => JSON.stringify(value),
  toRawJson: (value: unknown) => JSON.stringify(value),
  toPrettyJson: (value: unknown) => JSON.stringify(value, undefined, 2),
  fail: (message: string) => {
    throw new Error(message);
  },
};
