import { fromBytes, type Decoder } from "./decoder.ts";
import { alphabet, runsOf } from "./runs.ts";

const SHORTEST_RUN = 28;
const DIGITS = alphabet("0123456789abcdefABCDEF");

/** Two digits a byte, in either case. */
export const hex: Decoder = {
  name: "hex",
  runs: (text) => runsOf(text, DIGITS, SHORTEST_RUN),
  decode(text, offset, runEnd) {
    const bytes = Buffer.from(text.slice(offset, runEnd), "hex");
    return fromBytes(bytes, (start, end) => [offset + 2 * start, offset + 2 * end]);
  },
};
