// Between which places automata and the walks along runs have read: what they say hangs on nothing else.

export let touchedFrom: usize = 0;
export let touchedTo: usize = 0;

export function forgetTouched(): void {
  touchedFrom = usize.MAX_VALUE;
  touchedTo = 0;
}

@inline export function touch(from: usize, to: usize): void {
  touchedFrom = min(touchedFrom, from);
  touchedTo = max(touchedTo, to);
}

/** Something that may hang on any byte of the text. */
@inline export function touchAll(): void {
  touchedTo = usize.MAX_VALUE;
}
