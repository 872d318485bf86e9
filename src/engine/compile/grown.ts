/** The same in a longer array, with `fill` behind it: tables whose size nobody knows grow by doubling. */
export function grown<T extends Int32Array | Uint16Array | Uint8Array>(array: T, length: number, fill = 0): T {
  const longer = new (array.constructor as new (length: number) => T)(length);
  longer.set(array);
  if (fill !== 0) longer.fill(fill, array.length);
  return longer;
}
