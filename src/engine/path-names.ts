// What a rule's path says of the last name in it, for who knows all names of a repository but not yet its paths.
import type { Rule } from "../model/rule.ts";
import { appliesToPath, pathOnlyRules } from "./path.ts";
import { hasByte } from "./regex/byte-set.ts";
import type { Node } from "./regex/node.ts";
import { parseRegex } from "./regex/parse.ts";
import { toRegExpSource } from "./regex/to-regexp.ts";
import type { Rulebook } from "./rulebook.ts";

const SLASH = 0x2f;

/** Whether the node matches no slash, wherever it stands. */
function isWithinName(node: Node): boolean {
  switch (node.kind) {
    case "set":
      return !hasByte(node.set, SLASH);
    case "repeat":
    case "group":
      return isWithinName(node.node);
    case "sequence":
    case "choice":
      return node.nodes.every(isWithinName);
    case "assertion":
      return false;
  }
}

/**
 * An expression that matches the last name (UTF-8, one character a byte) of every path that the rule applies to, and maybe
 * other names. It is made of the end of the rule's path that holds no slash: `(^|/)[^/]+\.pem$` gives `[^/]+\.pem$`.
 *
 * @returns undefined: the path says nothing of the name. @throws `rule-invalid` when it is no pattern.
 */
export function lastNameOf({ id, path }: Pick<Rule, "id" | "path">): RegExp | undefined {
  if (path === undefined) return undefined;
  const whole = parseRegex(path, id);
  const nodes = whole.kind === "sequence" ? whole.nodes : [whole];
  const end = nodes.at(-1);
  if (end?.kind !== "assertion" || end.assertion !== "text-end") return undefined;
  let from = nodes.length - 1;
  while (from > 0 && isWithinName(nodes[from - 1] as Node)) from--;
  if (from === nodes.length - 1) return undefined;
  return new RegExp(toRegExpSource({ kind: "sequence", nodes: nodes.slice(from) }));
}

/** As `lastNameOf`; undefined also for what only RE2 reads. */
function nameOf(rule: Rule): RegExp | undefined {
  try {
    return lastNameOf(rule);
  } catch {
    return undefined;
  }
}

/** Whether a rule for paths alone applies to a path. Most names say that none does: then the path itself is not asked about. */
export function askedPaths(rulebook: Pick<Rulebook, "rules" | "isSimple">): (path: string) => boolean {
  const asked = pathOnlyRules(rulebook).map((rule) => ({ rule, ofName: nameOf(rule) }));
  if (asked.length === 0) return () => false;
  return (path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    // As rules see it.
    const bytes = Buffer.byteLength(name) === name.length ? name : Buffer.from(name).toString("latin1");
    return asked.some(({ rule, ofName }) => ofName?.test(bytes) !== false && appliesToPath(rule, path));
  };
}
