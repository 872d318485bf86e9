import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { loadGitCore, type GitAsked } from "../../../src/sources/git/core/git-core.ts";
import { GitLists } from "../../../src/sources/git/core/git-lists.ts";
import { SHA1 } from "../../../src/sources/git/object-id.ts";
import { ObjectNumbers } from "../../../src/sources/git/objects/object-numbers.ts";
import { PackIndex } from "../../../src/sources/git/objects/pack-index.ts";
import { matcherFor } from "../../../src/sources/git/core/matcher.ts";
import { workspaceOf } from "../../../src/sources/git/core/workspace.ts";
import { indexOf } from "../../fuzz/targets/pack-kit.ts";

const NAMES = 8 + 1024;
const id = (start: string) => Buffer.from(start.padEnd(40, "0"), "hex");

/** Numbers of the objects of one pack, told to the core. */
function numbersOf(index: Buffer): ObjectNumbers {
  const matcher = matcherFor(compileRulebook([]));
  const region = (name: string, bytes: number) => workspaceOf(matcher).region(name, bytes);
  const asked: Partial<GitAsked> = { room: (list, bytes) => region(`list ${list} of ${bytes}`, bytes) };
  const git = loadGitCore(matcher.memory, (bytes) => region("git core", bytes), asked);
  const numbers = new ObjectNumbers([new PackIndex(index, SHA1)], 20);
  numbers.tell(new GitLists(git, matcher.memory, region), region, true);
  return numbers;
}

describe("whether ids of objects begin alike", () => {
  const [one, twin, other, last] = [id("11111111aa"), id("11111111bb"), id("11ffffff"), id("11ffffffff")];
  const index = indexOf([one, twin, other, last], [0, 0, 0, 0], Buffer.alloc(20));

  test("is told by an index that is in order", () => {
    const numbers = numbersOf(index);
    const told = [one, twin, other, last].map((bytes) => numbers.isKeyShared(numbers.of(bytes, 0)));
    assert.deepEqual(told, [true, true, true, true]);
    assert.equal(numbersOf(indexOf([one, other], [0, 0], Buffer.alloc(20))).isKeyShared(0), false);
  });

  test("is not denied by one that is out of order, where nobody can find them all", () => {
    const hostile = Buffer.from(index);
    last.copy(hostile, NAMES + 20);
    twin.copy(hostile, NAMES + 60);
    assert.equal(numbersOf(hostile).isKeyShared(0), true);
  });
});
