// What a rule may cost: the bytes that its automata read are counted, and beyond a budget the rule is given up for this text.
import { EXCEEDED, MAX_EXCEEDED, RULE_COUNT, STEPS } from "./layout";

/** The same numbers stand in core/budget.ts. */
const STEPS_PER_BYTE: u64 = 256;
const STEPS_BASE: u64 = 1 << 20;

/** A rule that was given up in this scan. */
const GIVEN_UP: u32 = 0xffffffff;

let allowed: u32 = 0;
let exceededCount: i32 = 0;

export function startBudget(bytes: usize): void {
  allowed = <u32>min(STEPS_PER_BYTE * <u64>bytes + STEPS_BASE, <u64>0x7fffffff);
  if (anyCharged) memory.fill(STEPS, 0, <usize>RULE_COUNT << 2);
  anyCharged = false;
}

/** Bytes that a rule's automata read in the last scan; 0xffffffff where it was given up. */
export function stepsOf(rule: u32): u32 {
  return load<u32>(STEPS + (<usize>rule << 2));
}

/** Whether the rule may read on. */
@inline export function mayRead(rule: u32): bool {
  return load<u32>(STEPS + (<usize>rule << 2)) <= allowed;
}

let all: u64 = 0;

/** Bytes that all automata have read, ever. */
export function stepsTaken(): f64 {
  return <f64>all;
}

/** Whether a rule was charged since the scan began, so that there is something to forget. */
export let anyCharged: bool = false;

/** Charges the rule for what its automaton has read. */
@inline export function charge(rule: u32, steps: u32): void {
  anyCharged = true;
  all += steps;
  const spent = STEPS + (<usize>rule << 2);
  const sum = load<u32>(spent) + steps;
  store<u32>(spent, sum);
  if (sum > allowed) giveUp(rule, spent);
}

function giveUp(rule: u32, spent: usize): void {
  store<u32>(spent, GIVEN_UP);
  for (let i = 0; i < exceededCount; i++) if (load<u32>(EXCEEDED + (<usize>i << 2)) == rule) return;
  if (exceededCount >= MAX_EXCEEDED) return;
  store<u32>(EXCEEDED + (<usize>exceededCount << 2), rule);
  exceededCount++;
}

/** The rules that were given up since the last `clearExceeded`, one word each at `exceededAddress`. */
export function exceeded(): i32 {
  return exceededCount;
}

export function exceededAddress(): usize {
  return EXCEEDED;
}

export function clearExceeded(): void {
  exceededCount = 0;
}
