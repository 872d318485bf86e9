/** Lines with how often each occurs. */
function counted(text: Buffer): Map<string, number> {
  const lines = new Map<string, number>();
  for (const line of text.toString("latin1").split("\n")) lines.set(line, (lines.get(line) ?? 0) + 1);
  return lines;
}

/** Whether one file is the other, renamed and edited: half of the larger one's bytes are lines of both, as in `git diff -M`. */
export function isSimilar(a: Buffer, b: Buffer): boolean {
  const larger = Math.max(a.length, b.length);
  if (Math.min(a.length, b.length) * 2 < larger) return false;
  const others = counted(b);
  let common = 0;
  for (const [line, count] of counted(a)) common += Math.min(count, others.get(line) ?? 0) * (line.length + 1);
  return common * 2 >= larger;
}
