import type { CompilableRule } from "../engine/compile/compile-rules.ts";
import { KIND_NONE, RULE_BYTES, RULES_WORD } from "../engine/compile/image.ts";
import { compilePaths } from "../engine/compile/path-table.ts";
import { isPathOnly } from "../engine/path.ts";
import type { Rule } from "../model/rule.ts";
import { compiledImage, imageOf, imageName } from "./engine.ts";
import { BUILT_IN, type LookRules } from "./look-file.ts";

/** Whether the core looks for each of the rules, those for a path alone aside. */
function looksForAll(image: Uint8Array, rules: readonly CompilableRule[]): boolean {
  const words = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const first = words.getUint32(RULES_WORD * 4, true);
  return rules.every(
    ({ pattern }, index) => pattern === "" || words.getUint32(first + index * RULE_BYTES, true) !== KIND_NONE,
  );
}

/**
 * What a first look by these rules needs. Where most of the built-in rules are among them, theirs is used, though it
 * stops at more: to compile hundreds of rules takes a second and more. `none`: there are rules that the core does not look for.
 * Undefined: something would have to be compiled, and `isCompiling` is not set.
 */
export function lookRules(
  rules: readonly Rule[],
  builtIn: readonly Rule[],
  isCompiling: boolean,
): LookRules | "none" | undefined {
  const shipped = new Set(builtIn.map(({ pattern }) => pattern));
  const own = new Set(rules.map(({ pattern }) => pattern));
  const isExtending = 2 * builtIn.filter(({ pattern }) => own.has(pattern)).length > shipped.size;
  const others = isExtending ? rules.filter(({ pattern }) => !shipped.has(pattern)) : rules;
  const hasOthers = others.some(({ pattern }) => pattern !== "");
  if (!isCompiling && hasOthers && compiledImage(others) === undefined) return undefined;
  if (hasOthers && !looksForAll(imageOf(others), others)) return "none";
  const pathRules = rules.filter(isPathOnly);
  const paths = pathRules.length > 0 ? compilePaths(pathRules.map(({ path = "" }) => path)) : undefined;
  if (pathRules.length > 0 && paths === undefined) return "none";
  const images = [...(isExtending ? [BUILT_IN] : []), ...(hasOthers ? [imageName(others)] : [])];
  return { images, ...(paths && { paths }) };
}
