import type { ByteSet } from "../regex/byte-set.ts";
import type { Assertion, Node } from "../regex/node.ts";

/** Patterns that unroll to more steps than this are not made into automata. */
const MAX_STEPS = 60_000;

export type Step =
  | { readonly kind: "byte"; readonly set: ByteSet; readonly next: number }
  /** Goes on at each of `next` without a byte; earlier ones are preferred. */
  | { readonly kind: "split"; readonly next: number[] }
  | { readonly kind: "assertion"; readonly assertion: Assertion; readonly next: number }
  | { readonly kind: "match" };

/** A Thompson automaton: steps by number, counted repeats unrolled. */
export interface Nfa {
  readonly steps: readonly Step[];
  readonly start: number;
}

/** Undefined when the pattern unrolls to too many steps. */
export function buildNfa(node: Node): Nfa | undefined {
  const steps: Step[] = [{ kind: "match" }];
  const add = (step: Step): number => steps.push(step) - 1;

  /** The number of a step that matches `part` and goes on at `next`. Built from the end to the beginning. */
  const build = (part: Node, next: number): number => {
    if (steps.length > MAX_STEPS) return next;
    switch (part.kind) {
      case "set":
        return add({ kind: "byte", set: part.set, next });
      case "assertion":
        return add({ kind: "assertion", assertion: part.assertion, next });
      case "group":
        return build(part.node, next);
      case "sequence":
        return part.nodes.reduceRight((after, inner) => build(inner, after), next);
      case "choice":
        return add({ kind: "split", next: part.nodes.map((branch) => build(branch, next)) });
      case "repeat":
        return buildRepeat(part, next);
    }
  };

  const buildRepeat = (part: Node & { kind: "repeat" }, next: number): number => {
    const order = (more: number, leave: number): number[] => (part.lazy ? [leave, more] : [more, leave]);
    let after = next;
    if (part.max === Infinity) {
      const loop: number[] = [];
      after = add({ kind: "split", next: loop });
      loop.push(...order(build(part.node, after), next));
    } else {
      for (let i = part.min; i < part.max; i++)
        after = add({ kind: "split", next: order(build(part.node, after), next) });
    }
    for (let i = 0; i < part.min; i++) after = build(part.node, after);
    return after;
  };

  const start = build(node, 0);
  return steps.length > MAX_STEPS ? undefined : { steps, start };
}
