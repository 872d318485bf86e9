import { CHECKSUMS } from "./checksum/index.ts";
import { entropy } from "./entropy.ts";
import type { Node } from "./regex/node.ts";
import { parseRegex } from "./regex/parse.ts";
import { sample, seededRandom } from "./regex/sample.ts";
import type { Rule } from "../model/rule.ts";

/** The first group of a pattern, or all of it. */
function secretNode(node: Node): Node {
  const group = firstGroup(node);
  return group ?? node;
}

function firstGroup(node: Node): Node | undefined {
  if (node.kind === "group") return node.node;
  if (node.kind === "repeat") return firstGroup(node.node);
  if (node.kind !== "sequence" && node.kind !== "choice") return undefined;
  for (const part of node.nodes) {
    const found = firstGroup(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A made-up token of the rule, with a valid checksum; the same for the same seed. */
export function sampleToken(rule: Rule, seed: number): string {
  const node = secretNode(parseRegex(rule.pattern));
  const random = seededRandom(seed);
  const checksum = rule.checksum === undefined ? undefined : CHECKSUMS[rule.checksum];
  for (let tries = 0; tries < 200; tries++) {
    const drawn = sample(node, random);
    const token = checksum === undefined ? drawn : checksum.complete(drawn);
    if (rule.entropy === undefined || entropy(token) > rule.entropy) return token;
  }
  throw new Error(`rule ${rule.id}: no sample reaches the entropy of ${rule.entropy} bits it asks for`);
}

/** The token with one character of the same kind changed, so that the pattern still holds and the checksum does not. */
function withWrongChecksum(rule: Rule, token: string): string {
  const checksum = rule.checksum === undefined ? undefined : CHECKSUMS[rule.checksum];
  if (checksum === undefined) throw new Error(`rule ${rule.id} has no checksum`);
  for (let at = token.length >> 1; at < token.length; at++) {
    for (const kind of ["bcdefgh", "BCDEFGH", "234567"]) {
      if (!kind.includes(token.charAt(at))) continue;
      for (const other of kind) {
        const changed = token.slice(0, at) + other + token.slice(at + 1);
        if (!checksum.verify(changed)) return changed;
      }
    }
  }
  throw new Error(`rule ${rule.id}: every change of the sample keeps its checksum`);
}

/** An example or counter-example with its templates filled. */
export function fill(rule: Rule, template: string, seed: number): { text: string; token: string } {
  const token = sampleToken(rule, seed);
  const text = template.replaceAll("{{token-with-wrong-checksum}}", () => withWrongChecksum(rule, token));
  return { text: text.replaceAll("{{token}}", () => token), token };
}
