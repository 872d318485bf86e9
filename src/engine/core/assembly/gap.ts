// What must stand behind a sequence: some bytes that are passed over, then some that are needed, up to four times. It is asked before any
// automaton, whose every step waits for the last one; here the bytes are looked up side by side.
import { textEnd } from "./automata";

/** Four bytes a phase (compile/image.ts), then for each byte two bits a phase: may be passed over, is needed. */
const PHASE_BYTES: usize = 4;
const MAP: usize = 16;

/** Bytes that the last call of `mayFollow` read. */
export let gapRead: u32 = 0;

@inline function bitsAt(map: usize, p: usize, shift: u32): u32 {
  return <u32>load<u8>(map + <usize>load<u8>(p)) >> shift;
}

/** False where nothing matches that has its sequence end at `at`. Reads at most 56 bytes, some of them perhaps behind the text. */
export function mayFollow(gap: usize, at: usize): bool {
  gapRead = 0;
  if (at > textEnd) return false;
  const map = gap + MAP;
  let p = at;
  let may = true;
  for (let phase = gap, shift: u32 = 0; phase < map && load<u8>(phase, 3); phase += PHASE_BYTES, shift += 2) {
    const end = p + <usize>load<u8>(phase), count: usize = load<u8>(phase, 2);
    let bits = bitsAt(map, p, shift) & 3;
    while (bits == 1 && p < end) bits = bitsAt(map, ++p, shift) & 3;
    if (bits < 2) {
      // More was passed over than is looked at.
      may = bits == 1 && load<u8>(phase, 1) != 0;
      break;
    }
    const last = p + count;
    if (bits == 3) {
      // The needed bytes begin here or behind some that may be passed over: those between are needed either way.
      while (p < end && bitsAt(map, p, shift) & 1) p++;
      // More may be passed over than is looked at.
      const isOpen = p == end && load<u8>(phase, 1) != 0;
      while (p < last && bitsAt(map, p, shift) & 2) p++;
      may = isOpen || p >= last;
      break;
    }
    for (p++; p < last && bitsAt(map, p, shift) & 2;) p++;
    if (p < last) {
      may = false;
      break;
    }
  }
  gapRead = <u32>(p - at) + 1;
  return may;
}
