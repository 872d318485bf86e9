/**
 * How many bytes a rule's automata may read in a text, all tries together. Ordinary texts need less than one a byte; a text
 * that is made so that a rule's matches begin everywhere and end far off is given up at this, and that is reported.
 * The same numbers stand in assembly/budget.ts.
 */
export const stepsAllowed = (length: number): number => 256 * length + (1 << 20);
