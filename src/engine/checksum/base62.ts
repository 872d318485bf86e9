export const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** An unsigned number in digits, upper case, lower case; padded with `0` on the left to `width`. */
export function base62(n: number, width = 1): string {
  let digits = "";
  for (let rest = n; rest > 0; rest = Math.floor(rest / 62)) digits = BASE62.charAt(rest % 62) + digits;
  return digits.padStart(width, "0");
}
