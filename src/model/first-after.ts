/** The first index from `low` up to `high`, or `high`, of which `isBefore` does not hold; it holds of none behind that one. */
export function firstAfter(low: number, high: number, isBefore: (index: number) => boolean): number {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
