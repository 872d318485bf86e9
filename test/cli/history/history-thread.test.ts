import assert from "node:assert/strict";
import { once } from "node:events";
import { Script } from "node:vm";
import { MessageChannel } from "node:worker_threads";
import { test } from "vitest";
import { runHistoryThread } from "../../../src/cli/history/history-thread.ts";
import { resetV8Flags } from "../../../src/config/v8-flags.ts";
import { prepareGitCore } from "../../../src/sources/git/core/git-core.ts";
import { rulebook } from "../../sources/git/git-kit.ts";

let made = 0;
/** Each is another; of kept code V8 compares the length of the source, and the flags that it was made under. */
const source = () => `(() => ${(1000 + made++).toString()})()`;

test("threads of a history tell that they run, and the last of them to do so sets the flags of V8", async () => {
  const kept = new Script(source()).createCachedData();
  const areAsBefore = () => new Script(source(), { cachedData: kept }).cachedDataRejected === false;
  const [flag = "", reset = ""] = [100, 920].map((bytes) => `--max-inlined-bytecode-size-cumulative=${bytes}`);
  const setup = {
    rules: rulebook.rules,
    engine: undefined,
    gitCore: prepareGitCore(),
    maxDecodeDepth: undefined,
    tellsBinary: false,
    flags: [[flag, reset]] as const,
    starting: Int32Array.of(2),
  };
  try {
    for (const isFirst of [true, false]) {
      const { port1, port2 } = new MessageChannel();
      const told = once(port1, "message");
      void runHistoryThread(port2, setup);
      assert.deepEqual((await told)[0], { kind: "begun" });
      assert.equal(areAsBefore(), isFirst);
      port1.close();
    }
  } finally {
    resetV8Flags();
  }
  assert.ok(areAsBefore());
});
