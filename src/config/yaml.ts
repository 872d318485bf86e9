// YAML from files that others wrote.
import { CST, Lexer, parse } from "yaml";

/** Collections in each other. The parser calls itself for each, and Node 20 dies of a stack that runs out inside of it. */
const MOST_DEPTH = 64;
/** Columns that a line is indented by; block collections need one more for each. */
const MOST_INDENT = 200;

const OPENS = new Set<unknown>(["flow-seq-start", "flow-map-start"]);
const CLOSES = new Set<unknown>(["flow-seq-end", "flow-map-end"]);
const INDICATORS = new Set<unknown>(["seq-item-ind", "explicit-key-ind", "map-value-ind"]);

/** Whether a document nests deeper than any that a person wrote; its lexer does not call itself. */
function nestsTooDeep(text: string): boolean {
  let [flow, indent] = [0, 0];
  let isLineStart = true;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === "newline") [indent, isLineStart] = [0, true];
    else if (OPENS.has(type)) flow++;
    else if (CLOSES.has(type)) flow = Math.max(0, flow - 1);
    else if (flow === 0 && INDICATORS.has(type)) indent += 2;
    else if (isLineStart && type === "space") indent += token.length;
    if (type !== "newline") isLineStart = false;
    if (flow > MOST_DEPTH || indent > MOST_INDENT) return true;
  }
  return false;
}

/** The content of a document. @throws the parser's error, or one that says that the document nests too deep. */
export function parseYaml(text: string): unknown {
  if (nestsTooDeep(text)) throw new Error("collections stand in each other deeper than 64 levels");
  return parse(text, { logLevel: "error" }) as unknown;
}
