import { controls } from "./printable.ts";

// What XML 1.0 cannot hold even escaped: most control characters, lone surrogates and two non-characters.
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu;

const numbered = (character: string) => `&#${character.charCodeAt(0)};`;

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

/** Text that can stand in an element or a quoted attribute of XML and HTML alike. */
export const escape = (text: string) =>
  text
    .replace(UNSPEAKABLE, "\ufffd")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "")
    .replace(controls, (character) => (/[\t\n\r]/.test(character) ? character : numbered(character)));

/** Text for an XML attribute: line ends and tabs kept as they are. */
export const attribute = (text: string) => escape(text).replace(/[\t\n\r]/g, numbered);
