/** How often the reader is asked at most: a hang or a heavy input must not make shrinking endless. */
const MOST_TRIES = 3000;

/**
 * A smaller input that still fails: parts are cut out, halves first, then bytes become `0`.
 *
 * @param fails whether an input shows the bug.
 */
export async function shrink(
  input: Uint8Array,
  fails: (candidate: Uint8Array) => boolean | Promise<boolean>,
): Promise<Uint8Array> {
  let best: Uint8Array = input;
  let tries = 0;
  const attempt = async (candidate: Uint8Array) => {
    if (++tries > MOST_TRIES || !(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = best.length >> 1; size >= 1 && tries < MOST_TRIES; size >>= 1) {
    for (let at = 0; at < best.length && tries < MOST_TRIES;) {
      const without = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (!(await attempt(without))) at += size;
    }
  }
  for (let at = 0; at < best.length && tries < MOST_TRIES; at++) {
    if (best[at] === 0x30) continue;
    const plain = Buffer.from(best);
    plain[at] = 0x30;
    await attempt(plain);
  }
  return best;
}
