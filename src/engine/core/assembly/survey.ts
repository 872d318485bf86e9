// Everything that is asked of a text at once: UTF-16 is narrowed, encoded runs are decoded and matched, then the text itself.
import { scan } from "./index";
import { peel } from "./peel";
import { byteOrder, narrow } from "./wide";

let text: usize = 0;
let textLength: u32 = 0;
let runCount: i32 = 0;

/**
 * Surveys the object of `length` bytes at `object`. The result is the number of matches in the text as it stands, as
 * `scan` gives it; `surveyedRuns` counts the encoded runs with matches, as `peel` does. At `side` there must be room for
 * half the bytes and padding around them.
 */
export function survey(object: usize, length: u32, side: usize, depth: i32, all: bool): i32 {
  const order = byteOrder(object, length);
  text = object;
  textLength = length;
  if (order) {
    text = side;
    textLength = <u32>narrow(object, length, order, side);
  }
  runCount = peel(text, textLength, 0, textLength, depth, all);
  return scan(text, textLength, 0, textLength);
}

export function surveyedText(): usize {
  return text;
}

export function surveyedLength(): u32 {
  return textLength;
}

export function surveyedRuns(): i32 {
  return runCount;
}
