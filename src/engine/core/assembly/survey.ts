// Everything that is asked of a text at once: UTF-16 is narrowed, encoded runs are decoded and matched, then the text itself.
import { clearExceeded, exceeded } from "./budget";
import { scan } from "./index";
import { useNotes } from "./notes";
import { peelNoting } from "./peel";
import { scanFlags, wantStanding } from "./spans";
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
  // What the search for encoded runs sees on its way, the one for runs of the rules' own need not look for again.
  const notes: usize = order || depth <= 0 ? 0 : side;
  runCount = peelNoting(text, textLength, 0, textLength, depth, all, notes);
  useNotes(notes);
  const count = scan(text, textLength, 0, textLength);
  useNotes(0);
  return count;
}

/** Whether a survey tells of anything, with `refused` also of what is refused: one call, since one is made for each of many small files. */
export function mayHold(object: usize, length: u32, side: usize, depth: i32, refused: bool): bool {
  wantStanding(!refused);
  const count = survey(object, length, side, depth, false);
  wantStanding(false);
  const gaveUp = exceeded() > 0;
  clearExceeded();
  return count > 0 || runCount > 0 || gaveUp || (scanFlags() & 1) != 0;
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
