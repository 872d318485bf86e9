// What XML 1.0 cannot hold even escaped: most control characters, lone surrogates and two non-characters.
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu;

// What XML can hold, but a terminal would obey or read backwards.
const COMMANDS = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const numbered = (character: string) => `&#${character.charCodeAt(0)};`;

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

/** Text that can stand in an element or a quoted attribute of XML and HTML alike. */
export const escape = (text: string) =>
  text
    .replace(UNSPEAKABLE, "\ufffd")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "")
    .replace(COMMANDS, numbered);

/** Text for an XML attribute: line ends and tabs kept as they are. */
export const attribute = (text: string) => escape(text).replace(/[\t\n\r]/g, numbered);
