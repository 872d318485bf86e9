// From events to matches. An event says: this rule's anchor stands here, and (usually) its match ends there. Events are put
// in the order of their anchors, and each rule takes its matches from the left without overlap, as a global RegExp does.
import { firstMatch, firstMatchEnd, stepsRead, textBegin, textEnd } from "./automata";
import { anyCharged, charge, mayRead } from "./budget";
import { COVER, EVENT_BYTES, EVENTS, IMAGE, LAST, MATCH_BYTES, MATCHES, MAX_EVENTS, MAX_MATCHES, RULES } from "./layout";
import { isMuted, isSilent } from "./muted";
import { roomOf } from "./openings";
import { reachBack } from "./reach";
import { isRefusedAnyway, keepsNoOthers } from "./refusal";
import { isRefused } from "./refused";
import { touchAll } from "./touched";

/** Kinds of compile/plan.ts, in the order of compile/image.ts. */
const RUN_BACK: u32 = 1;
const RANGE: u32 = 2;
const CONFIRM: u32 = 3;
/** Where a rule has what refusal.ts goes by, and the keywords that it wants and that need not stand in its matches. */
const REFUSAL: usize = 24, KEYWORDS: usize = 28;

/** A scan's flag: it noted openings. */
export const OPENED: u32 = 8;

let eventCount: i32 = 0;
let matchCount: i32 = 0;
/**
 * 1: too many events or matches, some are lost. 2: a far rule's anchor was seen, and a match from there on. 4: a match awaits
 * confirmation. `OPENED`.
 */
let flags: u32 = 0;

/** Only matches that overlap this part of the text are reported. */
let wantedFrom: usize = 0;
let wantedTo: usize = 0;
/** First byte that was classified; before it, events are unknown. */
let seenFrom: usize = 0;
/** Where the scan would have to begin for its matches to be certain; at least `seenFrom` when they are. */
let needed: usize = 0;

export function startSpans(from: usize, to: usize, seen: usize): void {
  eventCount = 0;
  matchCount = 0;
  flags = 0;
  wantedFrom = from;
  wantedTo = to;
  seenFrom = seen;
  needed = seen;
}

export function noteFar(): void {
  flags |= 2;
}

export function isFar(): bool {
  return (flags & 2) != 0;
}

export function noteOpen(): void {
  flags |= OPENED;
}

export function scanFlags(): u32 {
  return flags;
}

export function matches(): i32 {
  return matchCount;
}

export function neededFrom(): usize {
  return needed;
}

export function addEvent(rule: u32, anchor: usize, end: usize): void {
  touchAll();
  if (eventCount >= MAX_EVENTS) {
    flags |= 1;
    return;
  }
  const event = EVENTS + <usize>eventCount * EVENT_BYTES;
  eventCount++;
  store<u32>(event, <u32>anchor);
  store<u32>(event, rule, 4);
  store<u32>(event, <u32>end, 8);
}

/** Turns the events with an anchor before `limit` into matches and keeps the others for the next segment. */
export function settle(limit: usize): void {
  if (eventCount == 0) return;
  sortEvents();
  let i = 0;
  for (; i < eventCount; i++) {
    const event = EVENTS + <usize>i * EVENT_BYTES;
    const anchor: usize = load<u32>(event);
    if (anchor >= limit) break;
    settleEvent(load<u32>(event, 4), anchor, load<u32>(event, 8));
  }
  if (i > 0) {
    memory.copy(EVENTS, EVENTS + <usize>i * EVENT_BYTES, <usize>(eventCount - i) * EVENT_BYTES);
    eventCount -= i;
  }
}

/** Forgets what the rules remember; call it after the last `settle` of a scan. */
export function endSpans(ruleCount: i32): void {
  if (anyCharged) memory.fill(LAST, 0, <usize>ruleCount * 8);
}

function settleEvent(id: u32, anchor: usize, end: usize): void {
  const rule = RULES + (<usize>id << 5);
  const kind = load<u32>(rule);
  const last: usize = load<u32>(LAST + (<usize>id << 2));
  let start = anchor;
  if (kind == CONFIRM) {
    addPending(rule, id, anchor);
    return;
  }
  if (kind == RANGE) {
    if (!mayRead(id)) return;
    start = firstMatch(rule, anchor, last);
    charge(id, stepsRead);
    if (!start) return;
    end = firstMatchEnd;
  } else if (kind == RUN_BACK) {
    const set = IMAGE + <usize>load<u32>(rule, 16);
    const floor = max(max(last, textBegin), anchor - min(anchor, <usize>load<u32>(rule, 8)));
    while (start > floor && load<u8>(set + <usize>load<u8>(start - 1))) start--;
  }
  checkOrder(id, start, end);
  if (start < last) return;
  store<u32>(LAST + (<usize>id << 2), <u32>end);
  if (start < wantedTo && end > wantedFrom && !isNothing(id, start, end)) addMatch(id, start, end, 0);
}

/**
 * When the scan began in the middle of the text, an earlier match that it did not see may overlap this one and forbid it.
 * Once an event stands clear of everything before it, the order from there on is that of a scan of the whole text.
 */
function checkOrder(id: u32, start: usize, end: usize): void {
  if (seenFrom <= textBegin) return;
  const cover = COVER + (<usize>id << 2);
  const reached: usize = load<u32>(cover);
  if (reached == 0xffffffff) return;
  if (start >= reached) {
    const back = reachBack(start);
    if (back >= seenFrom) {
      store<u32>(cover, 0xffffffff);
      return;
    }
    needed = min(needed, back);
  } else needed = min(needed, seenFrom - 1);
  store<u32>(cover, <u32>max(reached, end));
}

/** Whether only what will not be refused is wanted, and nobody asks for single matches. */
let wantsStanding: bool = false;
/** Whether what is scanned was decoded from a text around it, where a keyword may stand as well. */
let isInside: bool = false;

export function wantStanding(wants: bool): void {
  wantsStanding = wants;
}

export function goInside(inside: bool): void {
  isInside = inside;
}

/**
 * Whether nobody needs to hear of a match: where it is refused and nothing hangs on that, and in a text of which that is kept where the
 * rule is mute, or the match known to be refused.
 */
function isNothing(id: u32, start: usize, end: usize): bool {
  const room = roomOf(textBegin);
  if (!wantsStanding && room == 0) return false;
  const rule = RULES + (<usize>id << 5);
  const offset: usize = load<u32>(rule, REFUSAL), keywords: usize = load<u32>(rule, KEYWORDS);
  if (wantsStanding && keywords && !isInside && isSilent(IMAGE + keywords, id)) return true;
  if (offset && isRefusedAnyway(IMAGE + offset, start, end)) {
    if (wantsStanding) return true;
    const run: usize = load<u32>(rule) == RUN_BACK ? IMAGE + <usize>load<u32>(rule, 16) : 0;
    if (keepsNoOthers(IMAGE + offset, IMAGE + <usize>load<u32>(rule, 12), run, start, end)) return true;
  }
  return room != 0 && (isMuted(room, id) || isRefused(room, id, start, end, textBegin, textEnd));
}

function addMatch(id: u32, start: usize, end: usize, kind: u32): void {
  if (matchCount >= MAX_MATCHES) {
    flags |= 1;
    return;
  }
  const match = MATCHES + <usize>matchCount * MATCH_BYTES;
  matchCount++;
  store<u32>(match, id);
  store<u32>(match, <u32>(start - textBegin), 4);
  store<u32>(match, <u32>(end - textBegin), 8);
  store<u32>(match, kind, 12);
}

/** Hands a range of possible starts to JavaScript: from the second word up to and with the third. */
function addPending(rule: usize, id: u32, anchor: usize): void {
  const least = <usize>load<u32>(rule, 4), most = <usize>load<u32>(rule, 8);
  if (anchor - textBegin < least) return;
  flags |= 4;
  addMatch(id, anchor - min(anchor - textBegin, most), anchor - least, 1);
}

/** Sorts by anchor. The events are two or three ascending lists in a row, which shell sort takes in few steps. */
function sortEvents(): void {
  let gap = 1;
  while (gap < eventCount / 3) gap = 3 * gap + 1;
  for (; gap > 0; gap /= 3) {
    for (let i = gap; i < eventCount; i++) {
      const from = EVENTS + <usize>i * EVENT_BYTES;
      const anchor = load<u32>(from), rule = load<u32>(from, 4), end = load<u32>(from, 8);
      let j = i;
      for (; j >= gap; j -= gap) {
        const other = EVENTS + <usize>(j - gap) * EVENT_BYTES;
        if (load<u32>(other) <= anchor) break;
        const to = EVENTS + <usize>j * EVENT_BYTES;
        store<u32>(to, load<u32>(other));
        store<u32>(to, load<u32>(other, 4), 4);
        store<u32>(to, load<u32>(other, 8), 8);
      }
      const to = EVENTS + <usize>j * EVENT_BYTES;
      store<u32>(to, anchor);
      store<u32>(to, rule, 4);
      store<u32>(to, end, 8);
    }
  }
}
