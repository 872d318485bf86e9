import { unitDecoder } from "./units.ts";

const SIMPLE: Readonly<Record<string, string>> = {
  ...{ n: "\n", r: "\r", t: "\t", "/": "/", _: "_", ":": ":", "=": "=" },
  ...{ e: "\u001b", E: "\u001b" },
};

const isOctal = (unit: string) => unit[1] === "0" || unit[1] === "1";

/**
 * Escapes of string literals: `\u0041`, `\u{41}`, `\x41`, and the few that would hide where a token begins; `\_`, as Markdown and
 * TeX write it; `\:` and `\=`, as Java writes properties. Three octal digits, `\101`, are read where they stand for a byte of ASCII, and `\e`, as shells have it, where a colour's
 * code goes on: else it is a macro of TeX's, or a part of a path.
 */
export const escape = unitDecoder({
  name: "escape",
  marker: "\\",
  unit: /\\(?:u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,6}\}|x[0-9A-Fa-f]{2}|[01][0-7]{2}|[eE](?=\[)|[nrt/_:=])/y,
  codeOf: (unit) =>
    SIMPLE[unit.slice(1)]?.charCodeAt(0) ??
    (isOctal(unit) ? Number.parseInt(unit.slice(1), 8) : Number.parseInt(unit.slice(2).replace(/[{}]/g, ""), 16)),
});
