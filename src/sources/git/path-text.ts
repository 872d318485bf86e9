/** A path as text: bytes that are no UTF-8 show as U+FFFD. */
export function pathText(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString("utf8");
}
