// Where things lie. The image is written by compile/image.ts; the order of its header words is the same there.

/** Bytes of text that are classified before their candidates are drained: small enough for the first-level cache. */
export const SEGMENT: usize = 4096;
/** Most bytes between two windows of the run classifier; compile/run-class.ts. */
export const MAX_STRIDE: usize = 32;
/** Bytes around an object that the scan overwrites with line feeds while it runs. */
export const PADDING: usize = 64;

/** Constants of classify.ts, the first sixteen times the bits that bytes below the letters get. */
export let CONSTANTS: usize = 0;
export let MASKS: usize = 0;
export let CLASSES: usize = 0;
export let VERIFY: usize = 0;
export let VERIFY_CLASSES: usize = 0;
/** Of the buckets near runs, a half word each; then of the others, a byte each. */
export let PAIRS: usize = 0;
export let OTHER_PAIRS: usize = 0;
export let BUCKETS: usize = 0;
export let ENTRIES: usize = 0;
export let LINKS: usize = 0;
export let RULES: usize = 0;
export let RUN_TABLES: usize = 0;
export let RUN_CLASS_COUNT: u32 = 0;
export let RUN_CLASSES: usize = 0;
export let TAIL: usize = 0;
export let BEFORE: usize = 0;
/** Most bytes between an anchor and the fingerprint behind it. */
export let MAX_DELTA: usize = 0;
/** Bytes between the start of a match and its fingerprint: so many whatever they are, with those of a map at the most so many. */
export let LEAST_LEAD: usize = 0;
export let MAX_LEAD: usize = 0;
export let LEAD: usize = 0;
/** Bytes behind its anchor beyond which a match holds bytes of the tail only. */
export let NEAR: usize = 0;
export let RULE_COUNT: i32 = 0;
/** A few words for each pass that looks beyond wide gaps; in working memory, since they change. */
export let BEYOND_STATES: usize = 0;

/** Slots of the classifier, events and matches, one after another in working memory. */
export let SLOTS: usize = 0;
export let SURVIVORS: usize = 0;
export let NOTES: usize = 0;
export let EVENTS: usize = 0;
export let MATCHES: usize = 0;
/** One word a rule: the end of its last match. Then one word a rule: how far its events reached (see spans.ts). */
export let LAST: usize = 0;
export let COVER: usize = 0;
/** One word a rule: bytes that its automata have read; then the rules that were given up (see budget.ts). */
export let STEPS: usize = 0;
export let EXCEEDED: usize = 0;
export const MAX_EXCEEDED: i32 = 64;
/** A byte for each value of a byte: how often a secret holds it (see refusal.ts). */
export let COUNTS: usize = 0;
const COUNTS_BYTES: usize = 256;
/** One word a rule: in which text it was asked last whether a keyword stands, and whether one does (see muted.ts). */
export let SPOKEN: usize = 0;

export const SLOT_BYTES: usize = 64;
export const SLOTS_BYTES: usize = (SEGMENT / 16 + 8) * SLOT_BYTES;
export const SURVIVOR_BYTES: usize = 8;
export const SURVIVORS_BYTES: usize = 2 * (SEGMENT + 64) * SURVIVOR_BYTES;
/** A byte for each so many bytes of a segment, and for what lies behind it (notes.ts). */
export const NOTED: usize = 64;
export const NOTES_BYTES: usize = SEGMENT / NOTED + 32;
export const EVENT_BYTES: usize = 12;
export const MAX_EVENTS: i32 = 65536;
export const MATCH_BYTES: usize = 16;
export const MAX_MATCHES: i32 = 65536;

/** Of beyond.ts. */
export const BEYOND_STATE_BYTES: usize = 32;

/** Bytes of working memory that `install` needs for an image with so many rules and so many passes that look beyond gaps. */
export function workBytes(ruleCount: u32, beyondCount: u32): u32 {
  return <u32>(SLOTS_BYTES + SURVIVORS_BYTES + NOTES_BYTES + <usize>MAX_EVENTS * EVENT_BYTES + <usize>MAX_MATCHES * MATCH_BYTES
    + <usize>beyondCount * BEYOND_STATE_BYTES) + ruleCount * 16 + <u32>MAX_EXCEEDED * 4 + <u32>COUNTS_BYTES + 64;
}

@inline function word(image: usize, index: usize): usize {
  return load<u32>(image + (index << 2));
}

/** Makes the image at `image` the current one, with working memory at `work`. Both 16-byte aligned. */
export function install(image: usize, work: usize): void {
  RULE_COUNT = <i32>word(image, 2);
  MASKS = image + word(image, 3);
  CLASSES = image + word(image, 4);
  VERIFY = image + word(image, 5);
  VERIFY_CLASSES = word(image, 6);
  BUCKETS = image + word(image, 7);
  ENTRIES = image + word(image, 8);
  LINKS = image + word(image, 9);
  RULES = image + word(image, 10);
  RUN_TABLES = image + word(image, 11);
  RUN_CLASS_COUNT = <u32>word(image, 12);
  RUN_CLASSES = image + word(image, 13);
  TAIL = image + word(image, 14);
  BEFORE = image + word(image, 15);
  PAIRS = image + word(image, 18);
  OTHER_PAIRS = image + word(image, 34);
  MAX_DELTA = word(image, 16);
  MAX_LEAD = word(image, 17);
  NEAR = word(image, 19);
  LEAST_LEAD = word(image, 20);
  LEAD = image + word(image, 21);
  CONSTANTS = image + word(image, 22);
  IMAGE = image;
  SLOTS = work;
  SURVIVORS = SLOTS + SLOTS_BYTES;
  NOTES = SURVIVORS + SURVIVORS_BYTES;
  EVENTS = NOTES + NOTES_BYTES;
  MATCHES = EVENTS + <usize>MAX_EVENTS * EVENT_BYTES;
  LAST = MATCHES + <usize>MAX_MATCHES * MATCH_BYTES;
  COVER = LAST + (<usize>RULE_COUNT << 2);
  STEPS = COVER + (<usize>RULE_COUNT << 2);
  EXCEEDED = STEPS + (<usize>RULE_COUNT << 2);
  memory.fill(LAST, 0, <usize>RULE_COUNT * 12);
  BEYOND_STATES = EXCEEDED + <usize>MAX_EXCEEDED * 4;
  memory.fill(BEYOND_STATES, 0, word(image, 33) * BEYOND_STATE_BYTES);
  COUNTS = BEYOND_STATES + word(image, 33) * BEYOND_STATE_BYTES;
  SPOKEN = COUNTS + COUNTS_BYTES;
  memory.fill(SPOKEN, 0, <usize>RULE_COUNT << 2);
}

export let IMAGE: usize = 0;

export function matchesAddress(): usize {
  return MATCHES;
}
