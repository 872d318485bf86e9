// Control characters by their numbers: to look up \p{Cc} when the expression is made takes a hook longer than a file.
export const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One line for a terminal: no control characters, no text that runs backwards. */
export const printable = (text: string) =>
  text.replace(controls, (character) => (character === "\t" ? "\t" : "\ufffd"));

/** The same for a text whose line ends its format can tell. */
export const printableLines = (text: string) => text.replace(/[^\r\n]+/g, printable);

/** JSON in which no terminal reads a command, and which reads the same. */
export const printableJson = (json: string) =>
  json.replace(controls, (character) =>
    character === "\n" ? "\n" : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
