import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { SegmentFile } from "../../../src/sources/git/history/segment-file.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, temporaryFolder } from "./git-kit.ts";
import { fill, remembered } from "./scan-cache-kit.ts";

/** A scan's cache, and what the next scan after one more commit makes of it. */
async function twoScans() {
  const kit = new GitKit();
  fill(kit);
  kit.git("repack", "-adfq");
  const { cache, scanned, anew } = remembered(kit);
  const first = await scanned();
  const whole = readFileSync(cache);
  kit.commit({ "n.txt": `${crcToken(7)}\n` });
  const second = await scanned();
  return { kit, cache, scanned, anew, first, whole, second, grown: readFileSync(cache) };
}

describe("the file of a scan's cache", () => {
  test("grows by what a scan adds, and is written anew when it has grown often", async () => {
    const { kit, cache, scanned, anew, whole, grown } = await twoScans();
    assert.ok(grown.subarray(0, whole.length).equals(whole));
    assert.ok(grown.length > whole.length);
    await scanned();
    assert.ok(readFileSync(cache).equals(grown));
    const sizes = [grown.length];
    for (let i = 0; i < 18; i++) {
      kit.git("commit", "-q", "--allow-empty", "-m", i % 6 === 0 ? crcToken(20 + i) : "nothing");
      await scanned();
      sizes.push(statSync(cache).size);
    }
    assert.ok(sizes.some((size, i) => i > 0 && size < (sizes[i - 1] as number)));
    assert.deepEqual((await scanned()).places, await anew());
  });

  test("is as it was after a rehearsal, which counts HEAD's commit as new and ends where a scan would begin anew", async () => {
    const { kit, cache, scanned, anew } = await twoScans();
    kit.commit({ "m.txt": "nothing\n" });
    const { coverage: last } = await scanned();
    const grown = readFileSync(cache);
    let begun = 0;
    const rehearsed = () =>
      scanned({
        isRehearsal: true,
        onExpected(_, isAgain) {
          begun++;
          if (!isAgain) throw new Error("it begins anew");
        },
      });
    const { coverage } = await rehearsed();
    assert.deepEqual([coverage.commits, coverage.cached], [last.commits + 1, last.objects]);
    assert.ok(begun > 0 && readFileSync(cache).equals(grown));
    kit.git("reset", "-q", "--hard", "HEAD~2");
    await assert.rejects(rehearsed, /begins anew/);
    assert.ok(readFileSync(cache).equals(grown));
    assert.deepEqual((await scanned()).places, await anew());
  });

  test("counts up to where it is cut short, wherever that is", async () => {
    const { cache, scanned, first, whole, second, grown } = await twoScans();
    const step = Math.ceil((grown.length - whole.length) / 4);
    for (let size = whole.length; size < grown.length; size += step) {
      writeFileSync(cache, grown.subarray(0, size));
      const again = await scanned();
      assert.deepEqual([again.places, again.coverage.cached], [second.places, first.coverage.objects], String(size));
      assert.equal((await scanned()).coverage.cached, second.coverage.objects);
    }
  });

  test("counts up to what is damaged, and not behind it", async () => {
    const { cache, scanned, first, whole, second, grown } = await twoScans();
    for (const at of [whole.length + 3, whole.length + 40, grown.length - 30]) {
      writeFileSync(cache, Buffer.from(grown).fill(0x55, at, at + 8));
      const again = await scanned();
      assert.deepEqual([again.places, again.coverage.cached], [second.places, first.coverage.objects], String(at));
    }
    writeFileSync(cache, Buffer.from(grown).fill(0x55, 60, 70));
    assert.equal((await scanned()).coverage.cached, 0);
  });

  test("takes what one of two scans at once added, never both", async () => {
    const { kit, cache, scanned, anew, whole, grown } = await twoScans();
    kit.commit({ "m.txt": `${crcToken(8)}\n` });
    writeFileSync(cache, whole);
    const other = await scanned();
    const added = readFileSync(cache).subarray(whole.length);
    // As if both had looked at the file before either wrote.
    writeFileSync(cache, Buffer.concat([grown, added]));
    const again = await scanned();
    assert.deepEqual(again.places, await anew());
    assert.deepEqual(again.places, other.places);
    assert.ok(again.coverage.cached < other.coverage.objects);
    assert.equal((await scanned()).coverage.cached, other.coverage.objects);
  });

  test("begins anew when the ids of a pack that is gone are damaged", async () => {
    const { kit, cache, scanned, grown } = await twoScans();
    const packs = kit.git("count-objects", "-v");
    assert.match(packs, /packs: 1/);
    kit.git("repack", "-adq");
    // The ids of the first pack stand behind all else of the first segment.
    const ids = kit.git("rev-parse", "HEAD~1");
    const at = grown.indexOf(Buffer.from(ids, "hex"));
    const last = grown.lastIndexOf(Buffer.from(ids, "hex"));
    assert.ok(at > 0 && last > at);
    writeFileSync(cache, Buffer.from(grown).fill(0, last, last + 20));
    assert.equal((await scanned()).coverage.cached, 0);
  });

  test("begins anew when the ids of commits are damaged and one of them is asked for", async () => {
    const { kit, cache, scanned, anew, grown } = await twoScans();
    const root = kit.git("rev-list", "--max-parents=0", "HEAD");
    const at = grown.indexOf(Buffer.from(root, "hex"));
    assert.ok(at > 0);
    kit.git("checkout", "-q", root);
    kit.commit({ "m.txt": `${crcToken(8)}\n` });
    kit.git("branch", "other");
    writeFileSync(cache, Buffer.from(grown).fill(0, at, at + 20));
    const again = await scanned();
    assert.deepEqual([again.places, again.coverage.cached], [await anew(), 0]);
    assert.equal((await scanned()).coverage.cached, again.coverage.objects);
  });

  test("does without the ids of commits where new ones stand on what refs led to", async () => {
    const { kit, cache, scanned, anew, second, grown } = await twoScans();
    const root = kit.git("rev-list", "--max-parents=0", "HEAD");
    const at = grown.indexOf(Buffer.from(root, "hex"));
    kit.git("tag", "-d", "blob");
    kit.commit({ "m.txt": `${crcToken(8)}\n` });
    writeFileSync(cache, Buffer.from(grown).fill(0, at, at + 20));
    const again = await scanned();
    assert.deepEqual([again.places, again.coverage.cached], [await anew(), second.coverage.objects]);
  });

  test("holds whatever was written before its writer was killed", async () => {
    const path = join(temporaryFolder(), "cache");
    const module = JSON.stringify(new URL("../../../src/sources/git/history/segment-file.ts", import.meta.url).href);
    const writer = `
      const { SegmentFile, writeSegmentFile } = await import(${module});
      const parts = [Buffer.alloc(3_000_000, 1), Buffer.alloc(1_000_000, 2)];
      for (let n = 0; ; n = (n + 1) % 8) {
        if (n === 0) writeSegmentFile(process.argv[1], { head: { n }, parts });
        else {
          const file = SegmentFile.open(process.argv[1]);
          file.append({ head: { n }, parts });
          file.close();
        }
        if (n === 2) console.log("");
      }`;
    for (const delay of [3, 29]) {
      rmSync(path, { force: true });
      const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", writer, path], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(child.stdout, "data");
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill("SIGKILL");
      await once(child, "exit");
      const file = SegmentFile.open<{ n: number }>(path);
      assert.ok(file);
      assert.deepEqual(
        file.segments.map(({ head }) => head.n),
        file.segments.map((_, n) => n),
      );
      for (const { part } of file.segments) assert.deepEqual([part(0).length, part(1).length], [3_000_000, 1_000_000]);
      file.close();
    }
  });
});

describe("a second scan of many refs", () => {
  test("tells what a first one would, however packed refs and others take each other's place", async () => {
    const kit = new GitKit();
    fill(kit);
    const old = kit.git("rev-parse", "HEAD");
    kit.git("branch", "other");
    kit.git("branch", "-D", `b/${crcToken(5)}`);
    kit.git("tag", "-d", "v1", "blob");
    kit.git("pack-refs", "--all");
    const { scanned, anew } = remembered(kit);
    const first = await scanned();
    const steps: Record<string, () => void> = {
      "a new branch": () => void kit.git("branch", "new"),
      "a commit": () => void kit.commit({ "c.txt": `${crcToken(11)}\n` }),
      "another one": () => void kit.commit({ "d.txt": `${crcToken(12)}\n` }),
      "a branch whose name is one": () => void kit.git("branch", `b/${crcToken(13)}`),
      "all packed": () => void kit.git("pack-refs", "--all"),
      "nothing new": () => undefined,
      "the branch put back": () => void kit.git("update-ref", "refs/heads/main", old),
      "a tag": () => void kit.git("tag", "-a", "v2", "-m", `tagged ${crcToken(14)}`, "other"),
      "the tag packed": () => void kit.git("pack-refs", "--all"),
      "a tag of a file": () => void kit.git("tag", "file", "HEAD:a.txt"),
      "a branch gone": () => void kit.git("branch", "-D", "other"),
    };
    assert.equal(first.coverage.refs, 3);
    for (const [step, act] of Object.entries(steps)) {
      act();
      const [again, all] = [await scanned(), await scanned({ cache: undefined })];
      assert.deepEqual([again.places, again.coverage.refs], [all.places, all.coverage.refs], step);
    }
    assert.deepEqual((await scanned()).places, await anew());
  });

  test("goes by a packed ref again when the file that took its place is gone", async () => {
    const kit = new GitKit();
    kit.commit({ "a.txt": "a\n" });
    const old = kit.git("rev-parse", "HEAD");
    kit.git("pack-refs", "--all");
    kit.commit({ "b.txt": `${crcToken(1)}\n` });
    const { scanned } = remembered(kit);
    assert.equal((await scanned()).places.length, 1);
    // As if main had never moved: its own file is gone, and the packed one counts.
    rmSync(join(kit.dir, ".git/refs/heads/main"));
    assert.equal(kit.git("rev-parse", "HEAD"), old);
    assert.equal((await scanned()).places.length, 0);
  });
});
