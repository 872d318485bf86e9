import { unitDecoder } from "./units.ts";

/**
 * Colours and other control sequences of terminals (ECMA-48, section 5.4), as logs are full of them. Taken away, as a terminal
 * does: their last letter would stand before a token like a part of it.
 */
export const ansi = unitDecoder({
  name: "ansi",
  marker: "\u001b",
  unit: /\u001b\[[0-9:;?]{0,30}[A-Za-z]/y,
  codeOf: () => undefined,
  standsForNothing: true,
});
