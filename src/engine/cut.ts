// A secret of no certain length that holds an encoded character is found twice: as far as that, and whole.
import type { Rule } from "../model/rule.ts";
import type { Layer } from "./decode/index.ts";

/** A secret as it is read in one way. */
export interface Reading {
  readonly rule: Rule;
  readonly layer: Layer;
  readonly secretStart: number;
  readonly secretEnd: number;
  /** Where the secret stands in the original text. */
  readonly secretAt: readonly [start: number, end: number];
}

const lengthOf = ({ secretStart, secretEnd }: Reading) => secretEnd - secretStart;

/** Whether the secret goes on with an encoded character behind so many. */
function goesOnAt({ layer, secretStart }: Reading, length: number): boolean {
  return layer.hasUnit(secretStart + length, secretStart + length + 1);
}

/** Whether the first ones of its characters stand for themselves. */
function isClearFor({ layer, secretStart, secretAt }: Reading, length: number): boolean {
  return layer.trace(secretStart, secretStart + length)[1] === secretAt[0] + length;
}

/**
 * Whether one is no more than the beginning of another that begins at the same place: it ends where that goes on with an encoded character.
 * What a checksum proves is cut off nowhere.
 */
function isCut(reading: Reading, whole: Reading): boolean {
  const { rule, layer, secretStart, secretEnd, secretAt } = reading;
  const length = lengthOf(reading);
  return (
    rule === whole.rule &&
    rule.checksum === undefined &&
    secretAt[0] === whole.secretAt[0] &&
    length < lengthOf(whole) &&
    layer.decoders.length < whole.layer.decoders.length &&
    whole.layer.text.startsWith(layer.text.slice(secretStart, secretEnd), whole.secretStart) &&
    (layer.decoders.length > 0 || isClearFor(whole, length)) &&
    goesOnAt(whole, length)
  );
}

/** Of each reading those that are cut off, where it is whole. */
export function cutOff<R extends Reading>(readings: Iterable<R>): ReadonlyMap<R, readonly R[]> {
  const byPlace = new Map<string, R[]>();
  for (const reading of readings) {
    const place = `${reading.rule.id} ${reading.secretAt[0]}`;
    const there = byPlace.get(place);
    if (there === undefined) byPlace.set(place, [reading]);
    else there.push(reading);
  }
  const found = new Map<R, readonly R[]>();
  for (const there of byPlace.values()) {
    if (there.length === 1) continue;
    for (const whole of there) {
      const cut = there.filter((reading) => isCut(reading, whole));
      if (cut.length > 0) found.set(whole, cut);
    }
  }
  return found;
}

/** How long the secret is that is read instead of this one where nothing is decoded. Undefined: none is. */
export function clearLength(whole: Reading): number | undefined {
  if (whole.rule.checksum !== undefined || whole.layer.decoders.length === 0) return undefined;
  for (let length = 1; length < lengthOf(whole) && isClearFor(whole, length); length++)
    if (goesOnAt(whole, length)) return length;
  return undefined;
}
