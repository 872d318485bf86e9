import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "vitest";
import type { Terminal } from "../../../src/cli/usage/command.ts";
import { duration, paint, size } from "../../../src/cli/terminal/look.ts";
import { progress } from "../../../src/cli/terminal/progress.ts";

/** A terminal or a pipe that remembers what was shown, and a clock that goes by hand. */
function stage(isErrTerminal: boolean, { columns = 100, env = {} }: Partial<Terminal> = {}) {
  const said: string[] = [];
  let now = 0;
  const tell = (text: string) => void said.push(text);
  const stdin = Readable.from([]);
  const terminal: Terminal = { env, stdin, isOutTerminal: false, isErrTerminal, columns, tell };
  const bar = progress(terminal, "objects", true, () => now);
  const at = (seconds: number, items: number) => {
    now = seconds * 1000;
    bar.at({ items, bytes: items * 1000, ofItems: 400 });
  };
  return { said, bar, at };
}

test("on a terminal a bar moves and is taken away at the end; a short scan shows none", () => {
  const { said, bar, at } = stage(true);
  at(0.5, 10);
  assert.deepEqual(said, []);
  at(2, 100);
  at(2.05, 101);
  at(4, 200);
  assert.equal(said.length, 2);
  assert.match(said[0] ?? "", /^\r\u001b\[K\[=+ +\] 25% 100\/400 objects, 100\.00 KB, 50\.00 KB\/s, 6\.0s left$/);
  assert.match(said[1] ?? "", / 50% 200\/400 objects/);
  bar.end();
  assert.equal(said.at(-1), "\r\u001b[K");
});

test("elsewhere there is a line every ten seconds, without anything that moves a cursor", () => {
  const { said, bar, at } = stage(false);
  for (let second = 1; second <= 25; second++) at(second, second * 10);
  bar.end();
  assert.equal(said.length, 2);
  for (const line of said) assert.match(line, /^\d+% \d+\/400 objects, [\d.]+ KB, [\d.]+ KB\/s, [\d.]+s left\n$/);
});

test("a narrow terminal's bar stays in its line, and a dumb one is told lines", () => {
  const narrow = stage(true, { columns: 20 });
  narrow.at(2, 100);
  assert.equal(narrow.said[0]?.replace("\r\u001b[K", "").length, 19);
  const dumb = stage(true, { env: { TERM: "dumb" } });
  for (let second = 1; second <= 15; second++) dumb.at(second, second * 10);
  dumb.bar.end();
  assert.equal(dumb.said.length, 1);
  assert.match(dumb.said[0] ?? "", /^\d+% [^\r\u001b]+\n$/);
});

test("colours are for terminals, and neither NO_COLOR nor --no-color leaves any", () => {
  const red = (isTerminal: boolean, noColor: boolean, env: Record<string, string>) =>
    paint(isTerminal, noColor, env).red("x");
  assert.notEqual(red(true, false, {}), "x");
  assert.equal(red(false, false, {}), "x");
  assert.equal(red(true, true, {}), "x");
  assert.equal(red(true, false, { NO_COLOR: "1" }), "x");
  assert.notEqual(red(true, false, { NO_COLOR: "" }), "x", "an empty one means nothing, by its own rule");
});

test("sizes and times are whole numbers where they are small, and no minute has sixty seconds", () => {
  assert.deepEqual([0, 512.0029, 999, 1_234_567].map(size), ["0 bytes", "512 bytes", "999 bytes", "1.23 MB"]);
  const times = [411.7, 999.6, 59_949, 59_960, 119_600, 73_211].map(duration);
  assert.deepEqual(times, ["412ms", "1.0s", "59.9s", "1m0s", "2m0s", "1m13s"]);
});
