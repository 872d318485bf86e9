import { unitDecoder } from "./units.ts";

const SIMPLE: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "/": "/", _: "_" };

/**
 * Escapes of string literals: `\u0041`, `\u{41}`, `\x41`, and the few that would hide where a token begins; and `\_`, as Markdown and
 * TeX write it.
 */
export const escape = unitDecoder({
  name: "escape",
  marker: "\\",
  unit: /\\(?:u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,6}\}|x[0-9A-Fa-f]{2}|[nrt/_])/y,
  codeOf: (unit) => SIMPLE[unit.slice(1)]?.charCodeAt(0) ?? Number.parseInt(unit.slice(2).replace(/[{}]/g, ""), 16),
});
