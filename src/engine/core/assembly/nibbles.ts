// Look-ups of sixteen bytes at once, by the low or the high half of each.
/** A table's sixteen bytes by indexes below sixteen, for which the strict and the relaxed instruction agree. */
@inline export function lookUp(table: v128, nibbles: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i8x16.relaxed_swizzle(table, nibbles) : i8x16.swizzle(table, nibbles);
}
