import { isUtf8 } from "node:buffer";
import { PatrolError } from "../model/errors.ts";

/**
 * JSON from raw bytes.
 *
 * @throws PatrolError `body-not-json`, which names the byte and never shows the text: it may hold a token. (V8's own
 * message quotes it, and does not always know the place.)
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new PatrolError("body-not-json", `The body is not UTF-8 at byte ${firstInvalid(bytes)}.`);
  const text = bytes.toString();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const at = jsonFault(text);
    const byte = Buffer.byteLength(text.slice(0, at));
    throw new PatrolError(
      "body-not-json",
      at === text.length ? `The body is not JSON: it ends at byte ${byte}.` : `The body is not JSON at byte ${byte}.`,
    );
  }
}

function firstInvalid(bytes: Buffer): number {
  const mended = Buffer.from(bytes.toString());
  let at = 0;
  while (bytes[at] === mended[at]) at++;
  return at;
}

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Index of the first character that no JSON text goes on with; the length when the text just ends too early. */
export function jsonFault(text: string): number {
  const skip = (pattern: RegExp, at: number) => {
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : at;
  };
  /** Where the string that begins at `at` ends, or its fault. */
  const string = (at: number): { end: number } | { fault: number } => {
    if (text[at] !== '"') return { fault: at };
    for (let here = at + 1; here < text.length;) {
      const char = text.charCodeAt(here);
      if (char === 0x22) return { end: here + 1 };
      const next = char === 0x5c ? skip(ESCAPE, here) : here + 1;
      if (char < 0x20 || next === here) return { fault: here };
      here = next;
    }
    return { fault: text.length };
  };

  /** What closes each open bracket. No recursion: strangers choose the depth. */
  const open: ("}" | "]")[] = [];
  let expect: "value" | "value or ]" | "key" | "key or }" | "comma" = "value";
  for (let at = skip(SPACE, 0); ; at = skip(SPACE, at)) {
    const char = text[at];
    const closes = open.at(-1);
    if ((expect === "comma" || expect.endsWith(` ${closes}`)) && char !== undefined && char === closes) {
      open.pop();
      at += 1;
      expect = "comma";
    } else if (expect === "comma") {
      if (closes === undefined || char !== ",") return at;
      at += 1;
      expect = closes === "}" ? "key" : "value";
    } else if (expect.startsWith("key")) {
      const key = string(at);
      if ("fault" in key) return key.fault;
      at = skip(SPACE, key.end);
      if (text[at] !== ":") return at;
      at += 1;
      expect = "value";
    } else if (char === "{" || char === "[") {
      open.push(char === "{" ? "}" : "]");
      at += 1;
      expect = char === "{" ? "key or }" : "value or ]";
    } else {
      const end = skip(SCALAR, at);
      const value = char === '"' ? string(at) : end === at ? { fault: at } : { end };
      if ("fault" in value) return value.fault;
      at = value.end;
      expect = "comma";
    }
  }
}
