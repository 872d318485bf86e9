// Control characters by their numbers: to look up \p{Cc} when the expression is made takes a hook longer than a file.
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One line for a terminal: no control characters, no text that runs backwards. */
export const printable = (text: string) =>
  text.replace(controls, (character) => (character === "\t" ? "\t" : "\ufffd"));
