/** A flag of V8, and the flag that takes it back. */
export type V8Flag = readonly [flag: string, reset: string];
