const LINE_FEED = 10;

/**
 * A part of a text without the line feeds at its edges: a pattern takes them in to see where a secret begins or ends, and as in gitleaks
 * they are no part of it, or `^…$` of an allowlist would not hold.
 */
export function withoutFeeds(text: string, from: number, to: number): readonly [start: number, end: number] {
  let [start, end] = [from, to];
  while (start < end && text.charCodeAt(start) === LINE_FEED) start++;
  while (end > start && text.charCodeAt(end - 1) === LINE_FEED) end--;
  return [start, end];
}
