// Which rules ask where a text begins or ends: what holds several texts, a line each, does not tell of those what each alone would.
import type { Rule } from "../../model/rule.ts";
import { hasByte } from "./byte-set.ts";
import type { Node } from "./node.ts";
import { parseRegex } from "./parse.ts";

type Edge = "text-start" | "text-end";

const LINE_FEED = 10;

/** Whether the node may match at that edge of a text what it does not match there with a line feed beside it, or as part of it. */
export function asksForEdge(node: Node, edge: Edge): boolean {
  switch (node.kind) {
    case "set":
      return false;
    case "assertion":
      return node.assertion === edge;
    case "group":
    case "repeat":
      return asksForEdge(node.node, edge);
    case "sequence":
      return node.nodes.some((part) => asksForEdge(part, edge));
    case "choice": {
      const branches = node.nodes.flatMap((branch) => spelledOut(branch, edge));
      // As in `(?:^|\s)`: the line feed is what stands beside it.
      const others = branches.filter(({ at }) => at?.kind === "set" && hasByte(at.set, LINE_FEED));
      return branches.some(
        ({ at, rest }) =>
          rest.some((part) => asksForEdge(part, edge)) ||
          (at !== undefined && asksForEdge(at, edge) && !others.some((other) => isSame(other.rest, rest))),
      );
    }
  }
}

/** By their JSON: what Node.js compares them with is a module that few need. */
const isSame = (some: readonly Node[], others: readonly Node[]) => JSON.stringify(some) === JSON.stringify(others);

/** What a branch has at its edge, and the rest of it. `a?$` is spelled out to `a$` and `$`. */
function spelledOut(branch: Node, edge: Edge): { at: Node | undefined; rest: readonly Node[] }[] {
  const nodes = branch.kind === "sequence" ? [...branch.nodes] : [branch];
  const at = edge === "text-start" ? nodes.shift() : nodes.pop();
  const [only] = nodes;
  const isMaybe = nodes.length === 1 && only?.kind === "repeat" && only.min === 0 && only.max === 1;
  if (!isMaybe) return [{ at, rest: nodes }];
  return [
    { at, rest: [] },
    { at, rest: [only.node] },
  ];
}

/**
 * A pattern of which it can be told without parsing that it asks for no text's beginning: `^` stands in classes alone, behind a
 * backslash or for a line's beginning. Of what is quoted, and of classes that begin with a bracket, it cannot.
 */
const NO_BEGINNING = /^(?:[^\\[^]|\\[^AQ]|\[\^?(?:[^\]\\]|\\[^Q])(?:[^\]\\]|\\[^Q])*\]|\(\?m:\^)*$/s;

const mayBegin = (pattern: string): boolean => !NO_BEGINNING.test(pattern);

/** A text's end, likewise. */
const NO_END = /^(?:[^\\[$]|\\[^Qz]|\[\^?(?:[^\]\\]|\\[^Q])(?:[^\]\\]|\\[^Q])*\])*$/s;
/**
 * A pattern's last group, where it takes a line feed as well as the end and no other of its branches asks for one. The first is a
 * class with a line feed in it, or one that leaves out some that are none.
 */
const TAKES_LINE_FEED =
  /^\((?:\?:)?(?:\\[sW]|\[(?:[^\]\\^[]|\\[^Q])*?\\[sn](?:[^\]\\[]|\\[^Q])*\]|\[\^(?:[\w+/=.~@%-]|\\\\)+\])(?:\|(?:\[(?:[^\]\\]|\\[^Q])+\]|[^|[\]\\$()]|\\[^Qz])*)*\|\$\)$/;

function mayEnd(pattern: string): boolean {
  if (NO_END.test(pattern)) return false;
  const last = pattern.lastIndexOf("(");
  return !NO_END.test(pattern.slice(0, last)) || !TAKES_LINE_FEED.test(pattern.slice(last));
}

/** Few patterns are parsed for it: all of them would take longer than a small scan. */
const begins = ({ pattern, id }: Rule): boolean =>
  mayBegin(pattern) && asksForEdge(parseRegex(pattern, id), "text-start");

const ends = ({ pattern, id }: Rule): boolean => mayEnd(pattern) && asksForEdge(parseRegex(pattern, id), "text-end");

const mayAsk = remembered((rules) => rules.filter(({ pattern }) => mayBegin(pattern) || mayEnd(pattern)));

const asking = remembered((rules) => mayAsk(rules).some((rule) => begins(rule) || ends(rule)));
const known = new WeakMap<readonly Rule[], boolean>();

/** Whether a rule may match where a text begins or ends and not where it goes on beyond a line feed. */
export const asksForEdges = (rules: readonly Rule[]): boolean => known.get(rules) ?? asking(rules);

/** Whether a rule does where one begins. */
export const asksForBeginning = (rules: readonly Rule[]): boolean => asksForEdges(rules) && rules.some(begins);

/** For who knows the answer: to find it takes a twentieth of a small scan. */
export const knowEdges = (rules: readonly Rule[], answer: boolean): void => void known.set(rules, answer);

/** Whether a rule does that may count where this is all there is. */
export function asksForEdgesIn(text: string, rules: readonly Rule[]): boolean {
  if (known.get(rules) === false) return false;
  const folded = text.toLowerCase();
  const counts = ({ keywords }: Rule) =>
    keywords.length === 0 || keywords.some((keyword) => keyword.includes("/") || folded.includes(keyword));
  return mayAsk(rules).some(counts) && asksForEdges(rules);
}

function remembered<T>(answer: (rules: readonly Rule[]) => T): (rules: readonly Rule[]) => T {
  const known = new WeakMap<readonly Rule[], { readonly given: T }>();
  return (rules) => {
    let answered = known.get(rules);
    if (answered === undefined) known.set(rules, (answered = { given: answer(rules) }));
    return answered.given;
  };
}
