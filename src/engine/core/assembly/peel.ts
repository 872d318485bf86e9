// What the decoders' runs hold: each is matched as a text of its own, and its own encoded runs are decoded in turn.
import { LONGEST_RUN, makeTables, TABLES_BYTES } from "./characters";
import { DECODERS, decodeOutermost, decodersFor, decodeRuns, decodeWords, mayHoldRuns, OF_DIGITS, WRAPPED } from "./encoded";
import { scanOwned } from "./index";
import { PADDING } from "./layout";
import { mayPromise } from "./promise";
import { startReach } from "./reach";
import { tellAlphabetic } from "./runs";
import { scanFlags } from "./spans";

/** As in decode/index.ts. */
const DEEPEST: i32 = 8;
const MOST_GROWTH: usize = 16;
const LEAST_GROWTH: usize = 4096;

/** A decoding that is under way, for each depth: decoder, start and end of the run in the text around it. */
const STEP_BYTES: usize = 12;
/** A run in which something was found: the number of its steps, and the steps. */
const RECORD_BYTES: usize = 4 + <usize>DEEPEST * STEP_BYTES;
const MOST_RECORDS: i32 = 4096;
const BUFFER_BYTES: usize = LONGEST_RUN + 4 * PADDING;

let STEPS: usize = 0;
let RECORDS: usize = 0;
let BUFFERS: usize = 0;

let recordCount: i32 = 0;
let mostDepth: i32 = 0;
let takesAll: bool = false;
/** Bytes that may still be decoded inside the outermost run that is being looked at. */
let left: isize = 0;
/** Where the text begins that a depth's runs are found in. */
let outermostText: usize = 0;

/** Bytes of working memory that decoding needs, a multiple of 16. */
export function decodeBytes(): u32 {
  return <u32>(TABLES_BYTES + 128 + <usize>MOST_RECORDS * RECORD_BYTES + <usize>DEEPEST * BUFFER_BYTES + 64);
}

export function prepareDecoding(work: usize): void {
  makeTables(work);
  tellAlphabetic();
  startReach();
  STEPS = work + TABLES_BYTES;
  RECORDS = STEPS + 128;
  BUFFERS = (RECORDS + <usize>MOST_RECORDS * RECORD_BYTES + 63) & ~63;
}

export function recordsAddress(): usize {
  return RECORDS;
}

/** Where a run of this depth, counted from 1, is decoded to. */
export function bufferOf(depth: i32): usize {
  return BUFFERS + <usize>(depth - 1) * BUFFER_BYTES + 2 * PADDING;
}

/**
 * Matches everything that the encoded runs of a text hold, if they overlap `[from, to)`. The result is the number of runs
 * in which something was found (with `all`: of all runs), which stand at `recordsAddress()`; one more than there is room
 * for when there are too many.
 */
export function peel(text: usize, length: u32, from: u32, to: u32, depth: i32, all: bool): i32 {
  return peelNoting(text, length, from, to, depth, all, 0);
}

/** The same; at `notes`, unless that is 0, stands what `search` notes of the text, if `depth` is not 0. */
export function peelNoting(text: usize, length: u32, from: u32, to: u32, depth: i32, all: bool, notes: usize): i32 {
  begin(text, depth, all);
  if (mostDepth > 0) decodeOutermost(text, text + <usize>length, text + <usize>from, text + <usize>to, notes);
  return recordCount;
}

/** Whether anything is found in the encoded runs between two places of a text, by address, that no word goes over. */
export function mayHide(text: usize, from: usize, to: usize, depth: i32): bool {
  begin(text, depth, false);
  decodeWords(from, to);
  return recordCount > 0;
}

function begin(text: usize, depth: i32, all: bool): void {
  recordCount = 0;
  mostDepth = min(depth, DEEPEST);
  takesAll = all;
  outermostText = text;
}

/** A run was decoded to the `length` bytes in the buffer of its depth. */
export function decoded(decoder: u32, start: usize, end: usize, length: usize, depth: i32): void {
  if (depth == 1) left = <isize>(length * MOST_GROWTH + LEAST_GROWTH);
  else {
    if (left < 0) return;
    left -= <isize>length;
    if (left < 0) return;
  }
  const around = depth == 1 ? outermostText : bufferOf(depth - 1);
  const step = STEPS + <usize>(depth - 1) * STEP_BYTES;
  store<u32>(step, decoder);
  store<u32>(step, <u32>(start - around), 4);
  store<u32>(step, <u32>(end - around), 8);
  const buffer = bufferOf(depth);
  store<u8>(buffer - 1, 10);
  store<u8>(buffer + length, 10);
  if (decoder == WRAPPED) return joined(buffer, length, depth);
  if (scanOwned(buffer - 1, <u32>length + 2) || scanFlags() & 1 || takesAll) record(depth);
  if (depth == min(mostDepth, DEEPEST) || !mayHoldRuns(buffer, buffer + length)) return;
  const decoders = decodersFor(buffer, buffer + length);
  for (let inner: u32 = 0; inner < DECODERS; inner++) {
    if (decoders >> inner & 1) decodeRuns(buffer, buffer + length, 1 << inner, depth + 1);
  }
}

/**
 * What lines were joined to is no text that anybody wrote: only what its digits stand for is looked at. To join lines is no decoding, so
 * that one more step is gone, as far as there is room for steps.
 */
function joined(buffer: usize, length: usize, depth: i32): void {
  if (depth == DEEPEST) return;
  for (let p = buffer; p < buffer + length; p += 64) {
    if (!mayPromise(p)) continue;
    mostDepth++;
    for (let inner: u32 = 0; inner < OF_DIGITS; inner++) decodeRuns(buffer, buffer + length, 1 << inner, depth + 1);
    mostDepth--;
    return;
  }
}

function record(depth: i32): void {
  if (recordCount > MOST_RECORDS) return;
  recordCount++;
  if (recordCount > MOST_RECORDS) return;
  const at = RECORDS + <usize>(recordCount - 1) * RECORD_BYTES;
  store<u32>(at, <u32>depth);
  memory.copy(at + 4, STEPS, <usize>depth * STEP_BYTES);
}
