// Openings: where a far rule may begin and matches nothing, as bytes say that stand further on than a scan of them goes back. Who
// keeps them with a text can tell which of them a change concerns, and need not have all of it scanned for fear that one was completed.
import { textBegin } from "./automata";
import { RULE_COUNT } from "./layout";
import { mutingBytes } from "./muted";
import { isFar, noteFar, noteOpen } from "./spans";

/**
 * In the caller's room: how many there are, and the address of the text that they are noted of; a number that no other text has, one
 * that no other rules have, and bits of the rules that were mute in the text (muted.ts). Then of each opening, as offsets in the text:
 * where that begins that its answer hangs on, its anchor, and where that ends. The same stands in the git core's openings.ts.
 */
const TEXT: usize = 4, FIRST: usize = 32;
export const SERIAL: usize = 8, BOOK: usize = 12, AWAY: usize = 16;
const OPENING_BYTES: usize = 12;
const MOST: u32 = 32768;

let room: usize = 0;
/** Behind the openings: what muted.ts goes by. */
export let muting: usize = 0;

export function openingsBytes(): u32 {
  return mutingAt() + mutingBytes(RULE_COUNT);
}

/** Where that stands in the room. */
export function mutingAt(): u32 {
  return <u32>FIRST + MOST * <u32>OPENING_BYTES;
}

/** The room, where it is of the text that begins there; or 0. */
@inline export function roomOf(text: usize): usize {
  return room && <usize>load<u32>(room, TEXT) == text ? room : 0;
}

/** Notes openings from now on in so many bytes at `at`, of the texts whose address is there. */
export function noteOpeningsAt(at: usize): void {
  room = at;
  muting = at + <usize>mutingAt();
}

/** Whether anything hangs on one more: of a text whose openings nobody wants the first tells all. */
export function wantsOpenings(): bool {
  return roomOf(textBegin) != 0 || !isFar();
}

/** Adds one. Of a text whose openings nobody wants, and where there is no room for more, it is as if a match began there. */
export function noteOpening(begin: usize, anchor: usize, end: usize): void {
  if (!room || <usize>load<u32>(room, TEXT) != textBegin) return noteFar();
  const first = <i32>(max(begin, textBegin) - textBegin), last = <i32>(end - textBegin);
  const count = load<u32>(room);
  let at = room + FIRST + <usize>count * OPENING_BYTES;
  noteOpen();
  // Several rules may begin alike.
  if (count > 0 && load<i32>(at - OPENING_BYTES, 4) == <i32>(anchor - textBegin)) {
    at -= OPENING_BYTES;
    store<i32>(at, min(first, load<i32>(at)));
    store<i32>(at, max(last, load<i32>(at, 8)), 8);
    return;
  }
  if (count >= MOST) return noteFar();
  store<i32>(at, first);
  store<i32>(at, <i32>(anchor - textBegin), 4);
  store<i32>(at, last, 8);
  store<u32>(room, count + 1);
}
