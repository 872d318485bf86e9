/** A text of latin1 as it may hide in a file: in one encoding, or in one inside another. `below(n)` gives a number from 0 on. */
export function encoded(text: string, below: (n: number) => number): string {
  const bytes = Buffer.from(text, "latin1");
  const hex = (byte: number, digits: number) => byte.toString(16).padStart(digits, "0");
  const some = (unit: (byte: number) => string) =>
    [...bytes].map((byte) => (below(2) === 0 ? unit(byte) : String.fromCharCode(byte))).join("");
  const forms = [
    () => bytes.toString("base64"),
    () => bytes.toString("base64url"),
    () => Buffer.from(text, "utf16le").toString("base64"),
    () => bytes.toString("hex"),
    () => some((byte) => `%${hex(byte, 2)}`),
    () => some((byte) => `\\u${hex(byte, 4)}`),
    () => some((byte) => `&#${byte};`),
  ];
  const once = forms[below(forms.length)]?.() ?? "";
  return below(4) === 0 ? encoded(once, below) : once;
}
