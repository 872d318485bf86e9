/** In lines as `base64`, PEM, `xxd -p` and others break what they write, or nearly so. `below(n)` gives a number from 0 on. */
export function folded(digits: string, below: (n: number) => number): string {
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!;
  const width = pick([76, 64, 60, 72, 50, 61, 48, 48, 47]);
  const indent = pick(["", "", "", "  ", "\t", " ".repeat(64), " ".repeat(65)]);
  const between = `${pick(["\n", "\n", "\n", "\r\n", "\r\n", "\r", "\n\n", " \n"])}${indent}`;
  const before = pick(["", "", "key: ", "key=", "data:;base64,", `key: |\n${indent}`, '"']);
  return before + (digits.match(new RegExp(`.{1,${width}}`, "g")) ?? []).join(between);
}

/** A text of latin1 as it may hide in a file: in one encoding, or in one inside another. `below(n)` gives a number from 0 on. */
export function encoded(text: string, below: (n: number) => number): string {
  const bytes = Buffer.from(text, "latin1");
  const hex = (byte: number, digits: number) => byte.toString(16).padStart(digits, "0");
  const some = (unit: (byte: number) => string) =>
    [...bytes].map((byte) => (below(2) === 0 ? unit(byte) : String.fromCharCode(byte))).join("");
  const long = () => Buffer.from(`${"some text before it, ".repeat(below(12))}${text}`, "latin1");
  const forms = [
    () => bytes.toString("base64"),
    () => bytes.toString("base64url"),
    () => Buffer.from(text, "utf16le").toString("base64"),
    () => bytes.toString("hex"),
    () => some((byte) => `%${hex(byte, 2)}`),
    () => some((byte) => `\\u${hex(byte, 4)}`),
    () => some((byte) => `&#${byte};`),
    () => folded(long().toString("base64"), below),
    () => folded(long().toString("base64url"), below),
    () => folded(long().toString("hex"), below),
  ];
  const once = forms[below(forms.length)]?.() ?? "";
  return below(4) === 0 ? encoded(once, below) : once;
}
