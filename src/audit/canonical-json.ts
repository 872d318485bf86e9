export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Half of a surrogate pair: RFC 8785 has no form for it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The one text of a value by RFC 8785: keys sorted by UTF-16 code units, ECMAScript's numbers and escapes, no spaces.
 * What has no such text (NaN, a lone surrogate, `undefined`) is refused, so that no two values share a hash.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
    return JSON.stringify(value);
  }
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`a value of type ${typeof value} has no JSON form`);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${text(key)}:${canonicalJson(item)}`).join(",")}}`;
}

function text(value: string): string {
  if (LONE_SURROGATE.test(value)) throw new TypeError("half of a surrogate pair has no JSON form");
  return JSON.stringify(value);
}
