import { unitDecoder } from "./units.ts";

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  colon: ":",
  equals: "=",
  gt: ">",
  lowbar: "_",
  lt: "<",
  nbsp: "\u00a0",
  period: ".",
  quot: '"',
  sol: "/",
};

/** Numeric references and the named ones that stand in or beside tokens. */
export const htmlEntity = unitDecoder({
  name: "html-entity",
  marker: "&",
  unit: /&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[a-z]{2,6});/y,
  codeOf(unit) {
    const name = unit.slice(1, -1);
    if (!name.startsWith("#")) return NAMED[name]?.charCodeAt(0);
    return /^#[xX]/.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  },
});
