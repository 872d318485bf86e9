const controls = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One line for a terminal: no control characters, no text that runs backwards. */
export const printable = (text: string) =>
  text.replace(controls, (character) => (character === "\t" ? "\t" : "\ufffd"));
