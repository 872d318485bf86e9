/** What stands between two lines of 48 digits and more that are one word. */
const BREAK = /(?<=[A-Za-z0-9+/_-]{48})\r?\n[ \t]{0,64}(?=[A-Za-z0-9+/_-])/g;

/** A text of latin1 as long as this one, in which words that go over lines end at white space and quotes as all others do. */
export const withoutBreaks = (text: string): string => text.replace(BREAK, (between) => "-".repeat(between.length));

/** Tells the word that a byte of a text of latin1 stands in. */
export function wordsOf(text: string): (at: number) => readonly [start: number, end: number] {
  const joined = withoutBreaks(text);
  const isInside = (at: number) => at >= 0 && at < joined.length && !" \t\r\n\"'`<>\0".includes(joined[at]!);
  return (at) => {
    let [start, end] = [at, at];
    while (isInside(start - 1)) start--;
    while (isInside(end)) end++;
    return [start, end];
  };
}
