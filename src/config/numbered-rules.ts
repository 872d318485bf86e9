import type { Allowlist, Rule } from "../model/rule.ts";

type BareRule = Omit<Rule, "examples" | "counterExamples">;

/**
 * Rules as they are written down: nearly all have the same allowlists, so they name theirs by number. Read back, they share them again,
 * and what is made of an allowlist is made once.
 */
export interface Numbered {
  readonly allowlists: readonly Allowlist[];
  readonly rules: readonly (Omit<BareRule, "allowlists"> & { readonly allowlists: readonly number[] })[];
}

export function numberAllowlists(rules: readonly BareRule[]): Numbered {
  const allowlists: Allowlist[] = [];
  const byText = new Map<string, number>();
  const numbers = new Map<Allowlist, number>();
  const numberOf = (list: Allowlist): number => {
    let number = numbers.get(list);
    if (number === undefined) {
      const text = JSON.stringify(list);
      number = byText.get(text);
      if (number === undefined) byText.set(text, (number = allowlists.push(list) - 1));
      numbers.set(list, number);
    }
    return number;
  };
  return { rules: rules.map((rule) => ({ ...rule, allowlists: rule.allowlists.map(numberOf) })), allowlists };
}

/** In place, as every scan does so before it begins. */
export function withAllowlists({ allowlists, rules }: Numbered): BareRule[] {
  for (const rule of rules as unknown as { allowlists: readonly (Allowlist | number)[] }[])
    rule.allowlists = rule.allowlists.map((number) => allowlists[number as number] as Allowlist);
  return rules as unknown as BareRule[];
}
