import { fromBytes, LONGEST_RUN, type Decoder } from "./decoder.ts";

const SHORTEST_RUN = 28;

/** Two digits a byte, in either case. */
export const hex: Decoder = {
  name: "hex",
  *decode(text) {
    for (const match of text.matchAll(new RegExp(`[0-9A-Fa-f]{${SHORTEST_RUN},${LONGEST_RUN}}`, "g"))) {
      const offset = match.index;
      const decoded = fromBytes(Buffer.from(match[0], "hex"), (start, end) => [offset + 2 * start, offset + 2 * end]);
      if (decoded !== undefined) yield decoded;
    }
  },
};
