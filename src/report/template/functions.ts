import { escape } from "../xml.ts";
import { SPRIG } from "./sprig.ts";
import { goQuote, show, truth } from "./values.ts";

/** What a template may call: Go's text/template builtins, and sprig's. All pure: no clock, no files, no environment. */
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
  ...SPRIG,
};

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
