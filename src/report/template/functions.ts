import { escape } from "../xml.ts";

/** Go's text/template builtins and those of sprig that reports use. All pure: no clock, no files, no environment. */
export const FUNCTIONS: Record<string, (...args: never[]) => unknown> = {
  len: (value: unknown) => (value as { length?: number } | null)?.length ?? Object.keys(value as object).length,
  index: (value: unknown, ...keys: (string | number)[]) =>
    keys.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | null)?.[key], value),
  slice: (value: string | unknown[], from = 0, to?: number) => value.slice(from, to),
  eq: (value: unknown, ...others: unknown[]) => others.some((other) => other === value),
  ne: (a: unknown, b: unknown) => a !== b,
  lt: (a: number, b: number) => a < b,
  le: (a: number, b: number) => a <= b,
  gt: (a: number, b: number) => a > b,
  ge: (a: number, b: number) => a >= b,
  and: (...values: unknown[]) => values.find((value) => !truth(value)) ?? values.at(-1),
  or: (...values: unknown[]) => values.find(truth) ?? values.at(-1),
  not: (value: unknown) => !truth(value),
  print: (...values: unknown[]) => values.map(show).join(""),
  println: (...values: unknown[]) => `${values.map(show).join(" ")}\n`,
  printf: (format: string, ...values: unknown[]) => printf(format, values),
  html: (...values: unknown[]) => escape(values.map(show).join("")),
  js: (value: unknown) =>
    JSON.stringify(show(value))
      .slice(1, -1)
      .replace(/[<>&'=]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
  urlquery: (value: unknown) => encodeURIComponent(show(value)),
  // sprig
  add: (...numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0),
  add1: (number: number) => number + 1,
  sub: (a: number, b: number) => a - b,
  mul: (...numbers: number[]) => numbers.reduce((product, number) => product * number, 1),
  div: (a: number, b: number) => Math.trunc(a / b),
  mod: (a: number, b: number) => a % b,
  quote: (...values: unknown[]) => values.map((value) => goQuote(show(value))).join(" "),
  squote: (...values: unknown[]) => values.map((value) => `'${show(value)}'`).join(" "),
  upper: (text: string) => text.toUpperCase(),
  lower: (text: string) => text.toLowerCase(),
  title: (text: string) => text.replace(/(^|\s)\S/g, (letter) => letter.toUpperCase()),
  trim: (text: string) => text.trim(),
  trimAll: (cut: string, text: string) =>
    [...text].join("").replace(new RegExp(`^[${literal(cut)}]+|[${literal(cut)}]+$`, "g"), ""),
  trimPrefix: (prefix: string, text: string) => (text.startsWith(prefix) ? text.slice(prefix.length) : text),
  trimSuffix: (suffix: string, text: string) =>
    text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text,
  trunc: (length: number, text: string) => (length < 0 ? text.slice(length) : text.slice(0, length)),
  replace: (from: string, to: string, text: string) => text.replaceAll(from, to),
  repeat: (count: number, text: string) => text.repeat(Math.min(Math.max(count, 0), 10_000)),
  contains: (part: string, text: string) => text.includes(part),
  hasPrefix: (prefix: string, text: string) => text.startsWith(prefix),
  hasSuffix: (suffix: string, text: string) => text.endsWith(suffix),
  join: (separator: string, list: unknown[]) => list.map(show).join(separator),
  splitList: (separator: string, text: string) => text.split(separator),
  indent: (width: number, text: string) => text.replace(/^/gm, " ".repeat(width)),
  nindent: (width: number, text: string) => `\n${text.replace(/^/gm, " ".repeat(width))}`,
  nospace: (text: string) => text.replace(/\s/g, ""),
  base: (path: string) => path.split("/").filter(Boolean).at(-1) ?? "",
  dir: (path: string) => path.split("/").slice(0, -1).join("/") || ".",
  ext: (path: string) => /\.[^./]*$/.exec(path)?.[0] ?? "",
  default: (fallback: unknown, value: unknown) => (truth(value) ? value : fallback),
  empty: (value: unknown) => !truth(value),
  coalesce: (...values: unknown[]) => values.find(truth),
  ternary: (yes: unknown, no: unknown, condition: unknown) => (truth(condition) ? yes : no),
  list: (...values: unknown[]) => values,
  first: (list: unknown[]) => list[0],
  last: (list: unknown[]) => list.at(-1),
  has: (value: unknown, list: unknown[]) => list.includes(value),
  uniq: (list: unknown[]) => [...new Set(list)],
  int: (value: unknown) => Math.trunc(Number(value)),
  toString: (value: unknown) => show(value),
  toJson: (value: unknown) => JSON.stringify(value),
  toRawJson: (value: unknown) => JSON.stringify(value),
  toPrettyJson: (value: unknown) => JSON.stringify(value, undefined, 2),
};

const literal = (characters: string) => characters.replace(/[\\\]^-]/g, "\\$&");

/** Go's notion of a value that counts: not false, zero, nil or empty. */
export function truth(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return Boolean(value);
}

/** A value as `{{ }}` prints it. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return "<no value>";
  if (Array.isArray(value)) return `[${value.map(show).join(" ")}]`;
  if (typeof value === "object") return JSON.stringify(value);
  return String(value as string | number | boolean);
}

/** Go's %q: JSON's escapes are a subset of Go's. */
const goQuote = (text: string) => JSON.stringify(text);

function printf(format: string, values: unknown[]): string {
  let next = 0;
  return format.replace(
    /%([-+0]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === "%") return "%";
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const value = values[next++];
      const text = convert(verb, value, precision === undefined ? undefined : Number(precision));
      const room = Math.min(Number(width || 0), 1000);
      if (flags.includes("-")) return text.padEnd(room);
      return text.padStart(room, flags.includes("0") ? "0" : " ");
    },
  );
}

function convert(verb: string, value: unknown, precision: number | undefined): string {
  switch (verb) {
    case "d":
      return String(Math.trunc(Number(value)));
    case "f":
      return Number(value).toFixed(precision ?? 6);
    case "x":
      return typeof value === "number" ? value.toString(16) : Buffer.from(show(value)).toString("hex");
    case "q":
      return goQuote(show(value));
    case "t":
    case "v":
    case "s":
      return precision === undefined ? show(value) : show(value).slice(0, precision);
    default:
      return `%!${verb}(${show(value)})`;
  }
}
