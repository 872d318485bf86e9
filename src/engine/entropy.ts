/** Shannon entropy of the text's own characters, in bits a character; 0 for the empty text. */
export function entropy(text: string): number {
  const counts = new Uint32Array(256);
  const others = new Map<number, number>();
  // In the order in which they come first: sums of fractions hang on it.
  const met: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const count = code < 256 ? (counts[code] as number) : (others.get(code) ?? 0);
    if (count === 0) met.push(code);
    if (code < 256) counts[code] = count + 1;
    else others.set(code, count + 1);
  }
  let bits = 0;
  for (const code of met) {
    const share = (code < 256 ? (counts[code] as number) : (others.get(code) ?? 0)) / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}
