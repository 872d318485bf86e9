import assert from "node:assert/strict";
import { Script } from "node:vm";
import { afterEach, describe, test } from "vitest";
import {
  optimiseLate,
  optimiseLater,
  optimisingLate,
  resetV8Flags,
  setTieringBudget,
  setV8Flag,
  suspendV8Flags,
  v8Flags,
} from "../../src/config/v8-flags.ts";
import { expectToRead, expectToRemember } from "../../src/cli/start/short-lived.ts";

let made = 0;
/** Each is another, or V8 would give what it has in memory; of kept code it compares the length of the source. */
const source = () => `(() => ${(1000 + made++).toString()})()`;
// Tests that ran before in this process may have set some.
resetV8Flags();
const kept = new Script(source()).createCachedData();

/** V8 takes code under the very flags that it was made under, and no others. */
const areAsAtTheStart = () => new Script(source(), { cachedData: kept }).cachedDataRejected === false;

describe("flags of V8 that are set while the process runs", () => {
  afterEach(() => resetV8Flags());

  test("are suspended while a thread starts, and hold again afterwards", () => {
    setV8Flag("--max-inlined-bytecode-size-cumulative=100", "--max-inlined-bytecode-size-cumulative=920");
    setTieringBudget(1000);
    assert.equal(areAsAtTheStart(), false);
    const resume = suspendV8Flags();
    assert.equal(areAsAtTheStart(), true);
    resume();
    assert.equal(areAsAtTheStart(), false);
  });

  test("are known while they are suspended, for a thread that sets them first", () => {
    const [flag, reset] = [100, 920].map((bytes) => `--max-inlined-bytecode-size-cumulative=${bytes}`) as [
      string,
      string,
    ];
    setV8Flag(flag, reset);
    const resume = suspendV8Flags();
    assert.deepEqual(v8Flags(), [[flag, reset]]);
    resume();
    resetV8Flags();
    assert.deepEqual(v8Flags(), []);
  });

  test("hold only when the last thread has started, also those that were set meanwhile", () => {
    const [resume, resumeOther] = [suspendV8Flags(), suspendV8Flags()];
    setV8Flag("--max-inlined-bytecode-size-cumulative=100", "--max-inlined-bytecode-size-cumulative=920");
    resume();
    assert.equal(areAsAtTheStart(), true);
    resumeOther();
    assert.equal(areAsAtTheStart(), false);
  });

  test("are not set again by a thread that starts after they were taken back", () => {
    setTieringBudget(1000);
    const resume = suspendV8Flags();
    resetV8Flags();
    resume();
    assert.equal(areAsAtTheStart(), true);
  });

  test.skipIf(!process.versions.node.startsWith("20."))(
    "have functions optimised late for one piece of work, or on from before it",
    () => {
      optimisingLate(() => assert.equal(areAsAtTheStart(), false));
      assert.equal(areAsAtTheStart(), true);
      optimiseLate();
      optimisingLate(() => undefined);
      assert.equal(areAsAtTheStart(), false);
      const resume = suspendV8Flags();
      optimisingLate(() => undefined);
      assert.equal(areAsAtTheStart(), true);
      resume();
    },
  );

  test.skipIf(!process.versions.node.startsWith("20."))(
    "of a folder hold again after other work, and are taken back",
    () => {
      optimiseLater();
      const late = new Script(source()).createCachedData();
      optimisingLate(() => assert.equal(new Script(source(), { cachedData: late }).cachedDataRejected, true));
      assert.equal(new Script(source(), { cachedData: late }).cachedDataRejected, false);
      resetV8Flags();
      assert.equal(areAsAtTheStart(), true);
    },
  );

  test.each([
    ["little", 1, false],
    ["little after an earlier scan", 0, true],
    ["much", 1 << 30, false],
  ])("for a scan of %s are all taken back before code is kept", (_, bytes, isAgain) => {
    expectToRead(bytes, isAgain);
    assert.equal(areAsAtTheStart(), false);
    resetV8Flags();
    assert.equal(areAsAtTheStart(), true);
    expectToRemember();
    expectToRead(bytes, isAgain);
    resetV8Flags();
    assert.equal(areAsAtTheStart(), true);
  });

  test("hold functions back that run before it is known whether an earlier scan is remembered, and longer only where one is", () => {
    expectToRead(1 << 30, false);
    const much = new Script(source()).createCachedData();
    const isAsForMuch = () => new Script(source(), { cachedData: much }).cachedDataRejected === false;
    resetV8Flags();
    expectToRemember();
    assert.equal(isAsForMuch(), false);
    expectToRead(1 << 30, false);
    assert.equal(isAsForMuch(), true);
  });
});
