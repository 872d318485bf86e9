import { unitDecoder } from "./units.ts";

/**
 * Colours and other control sequences of terminals (ECMA-48, section 5.4), the choice of a character set (ECMA-35, 14.3.2; `tput`
 * writes it before every reset), what moves or keeps the cursor (`ESC 7`, as progress bars write it; ECMA-48, 8.3, and DEC's VT100), and operating system commands such as the links that xterm and its like know as number 8, as logs
 * are full of them. Taken away, as a terminal does: their last letter would stand before a token like a part of it.
 */
export const ansi = unitDecoder({
  name: "ansi",
  marker: "\u001b",
  unit: /\u001b(?:\[[0-9:;?]{0,30}[A-Za-z]|[()][0-9A-Z]|[78DEHMc]|\][^\0-\x20"'`<>\x7f]{0,2083}(?:\x07|\u001b\\))/y,
  codeOf: () => undefined,
  standsForNothing: true,
});
