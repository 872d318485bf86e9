import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, vi } from "vitest";
import { parseGitleaksToml } from "../../../src/config/gitleaks-toml.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import type { GitObject } from "../../../src/sources/git/objects/loose.ts";
import { TREE } from "../../../src/sources/git/object-id.ts";
import { ObjectStore } from "../../../src/sources/git/objects/object-store.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, rulebook, temporaryFolder } from "./git-kit.ts";
import { Drawing } from "./place-kit.ts";
import { fill, remembered } from "./scan-cache-kit.ts";

describe("a second scan", () => {
  test("reads only what is new, and tells all that a first one would", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("repack", "-adfq");
    const { scanned, anew } = remembered(kit);
    const first = await scanned();
    assert.equal(first.places.length, 6);
    const second = await scanned();
    assert.deepEqual(second.places, first.places);
    assert.equal(second.coverage.commits, first.coverage.commits);
    assert.equal(second.coverage.cached, first.coverage.objects);
    kit.commit({ "a.txt": `one\n${crcToken(1)}\nmore\n`, "n.txt": `${crcToken(7)}\n` });
    kit.git("checkout", "-qb", "side", "HEAD~2");
    kit.commit({ "a.txt": `zero\none\n${crcToken(1)}\n${crcToken(8)}\n` });
    const third = await scanned();
    assert.equal(third.places.length, 8);
    assert.deepEqual(third.places, await anew());
    assert.equal(third.coverage.objects - third.coverage.cached, 5);
    kit.git("repack", "-adfq");
    assert.deepEqual((await scanned()).places, third.places);
  });

  test("tells of old files without scanning them again, where what was found stands in clear", async () => {
    const kit = new GitKit();
    const lines = Array.from({ length: 3000 }, (_, i) => `line ${i * 7919}\n`);
    kit.commit({ "deep/down/a.txt": [...lines, `${crcToken(1)}\n`, ...lines].join("") });
    kit.commit({ "deep/down/a.txt": [`${crcToken(2)}\n`, ...lines, `${crcToken(1)}\n`].join("") });
    const { scanned } = remembered(kit);
    const first = await scanned();
    assert.equal(first.places.length, 2);
    const second = await scanned();
    assert.deepEqual(second.places, first.places);
    assert.ok(second.coverage.scanned < 1000, String(second.coverage.scanned));
    kit.commit({ "deep/down/b.txt": `${crcToken(3)}\n` });
    assert.deepEqual((await scanned()).places.length, 3);
    assert.deepEqual((await scanned()).places.length, 3);
  });

  test("knows of which files all is told that rules find in them", async () => {
    const kit = new GitKit();
    kit.commit({ "one.txt": `${crcToken(1)}\n`, "two.txt": `${crcToken(2)}\n${crcToken(3)}\n` });
    kit.commit({ "one.txt": `${crcToken(1)}\n${crcToken(4)}\n` });
    const encoded = Buffer.from(`key=${crcToken(6)}`).toString("base64");
    kit.commit({ "encoded.txt": `${crcToken(5)}\n${encoded}\n` });
    const { cache } = remembered(kit);
    const known = async () => {
      const { candidates, whole } = await scanHistory({ gitDir: kit.dir, rulebook, cache });
      const numbers = new Map(Array.from({ length: 7 }, (_, i) => [crcToken(i), i]));
      const told = (some: readonly Candidate[] = []) => some.map(({ secret }) => numbers.get(secret.reveal()));
      return new Map(candidates.map((candidate) => [told([candidate])[0], told(whole.get(candidate))]));
    };
    const none = [1, 2, 3, 4, 5, 6].map((number) => [number, []]);
    assert.deepEqual(await known(), new Map(none as [number, number[]][]));
    // A file of which another version was told before, or that holds more than stands in clear, is not known as a whole.
    const expected = new Map([...none, [1, [1]], [2, [2, 3]], [3, [2, 3]]] as [number, number[]][]);
    assert.deepEqual(await known(), expected);
    kit.commit({ "new.txt": `${crcToken(0)}\n` });
    assert.deepEqual(await known(), new Map([...expected, [0, []]]));
    assert.deepEqual(await known(), new Map([...expected, [0, [0]]]));
  });

  test("knows it of the rules of a configuration too, which require nothing of one another", async () => {
    const text = `[[rules]]\nid = "own"\nregex = '\\b(own_[a-z]{8})(?:[^a-z]|$)'\nkeywords = ["own_"]\nentropy = 1\n`;
    const { rules } = parseGitleaksToml(text, { path: "own.toml", builtIn: () => [] });
    const kit = new GitKit();
    kit.commit({ "one.txt": "a = own_abcdefgh\n", "two.txt": "b = own_hgfedcba, own_abcdabcd\n" });
    kit.commit({ "three.txt": "c = own_abcdabcd, own_abcdefgh\n" });
    const { cache } = remembered(kit);
    const found = async () => await scanHistory({ gitDir: kit.dir, rulebook: compileRulebook(rules), cache });
    const shown = ({ candidates }: Awaited<ReturnType<typeof found>>) =>
      candidates.map(({ secret, entropy, span, match, provenance }) => [
        secret.reveal(),
        entropy,
        span,
        match,
        provenance,
      ]);
    const first = await found();
    const second = await found();
    assert.deepEqual([first.candidates.length, first.whole.size, second.whole.size], [5, 0, 5]);
    assert.deepEqual(shown(second), shown(first));
  });

  test("reads a name that many paths have from one tree, whichever commit it is of", async () => {
    const kit = new GitKit();
    const names = [
      "one/two/three.txt",
      "two/one/three.txt",
      "three.txt/two/one",
      "one/\u00e9 \t/two",
      "two/two/two.txt",
    ];
    for (const [i, name] of names.entries()) kit.commit({ [name]: `${crcToken(i)}\n`, "other.txt": `${i}\n` });
    kit.git("rm", "-rq", "one", "two");
    kit.commit({ "three.txt/one": `${crcToken(5)}\n` });
    const { cache, scanned, anew } = remembered(kit);
    await scanned();
    const expected = await anew();
    assert.equal(expected.length, 6);
    const again = await scanned();
    assert.deepEqual([again.places, again.coverage.scanned < 1000], [expected, true]);
    kit.commit({ "two/three.txt": `${crcToken(6)}\n`, "new/one": `${crcToken(7)}\n` });
    for (const _ of names) assert.deepEqual((await scanned()).places, await anew());
    // Nothing was told twice, and nothing was begun anew.
    assert.equal(readFileSync(cache, "latin1").split('"three.txt"').length, 1);
    assert.ok((await scanned()).coverage.scanned < 1000);
  });

  test.each(["stay", "are removed"])(
    "makes no text of all names in a wide folder for each of its findings, which %s",
    async (fate) => {
      const [files, findings] = [2000, 60];
      const kit = new GitKit();
      const blob = (content: string) => `data ${Buffer.byteLength(content)}\n${content}\n`;
      const commit = (n: number, changes: readonly string[]) =>
        `commit refs/heads/main\ncommitter A <a@example.org> ${1_700_000_000 + n} +0000\n${blob(`commit ${n}`)}${changes.join("\n")}\n`;
      const others = Array.from({ length: files }, (_, n) => `M 100644 :1 wide/other-${n}.txt`);
      const found = (n: number) => `M 100644 inline wide/secret-${n}.txt\n${blob(`${crcToken(n)}\n`)}`;
      const later = Array.from({ length: findings }, (_, n) =>
        commit(n + 1, [...(fate === "stay" || n === 0 ? [] : [`D wide/secret-${n - 1}.txt`]), found(n)]),
      );
      kit.run(["fast-import", "--quiet"], `blob\nmark :1\n${blob("one\n")}${commit(0, others)}${later.join("")}`);
      kit.git("repack", "-adfq");
      const { scanned, anew } = remembered(kit);
      const texts = vi.spyOn(Buffer.prototype, "toString");
      const objects = vi.spyOn(ObjectStore.prototype, "read");
      try {
        const expected = await anew();
        const plainly = texts.mock.calls.length;
        texts.mockClear();
        assert.deepEqual((await scanned()).places, expected);
        assert.ok(texts.mock.calls.length - plainly < 4 * files, `${texts.mock.calls.length} texts, else ${plainly}`);
        for (const spy of [texts, objects]) spy.mockClear();
        const second = await scanned();
        assert.deepEqual([second.places, second.coverage.scanned < 1000], [expected, true]);
        assert.ok(texts.mock.calls.length < 4 * files, `${texts.mock.calls.length} texts of names`);
        const trees = objects.mock.results.filter(({ value }) => (value as GitObject).type === TREE).length;
        if (fate === "stay") assert.ok(trees <= 2, `${trees} trees`);
      } finally {
        for (const spy of [texts, objects]) spy.mockRestore();
      }
    },
  );

  test("has room for many and large new files and folders", async () => {
    const kit = new GitKit();
    const blob = (content: string) => `data ${Buffer.byteLength(content)}\n${content}\n`;
    const commit = (n: number) =>
      `commit refs/heads/main\ncommitter A <a@example.org> ${1_700_000_000 + n} +0000\n${blob(`commit ${n}`)}`;
    const files = Array.from({ length: 5000 }, (_, n) => `M 100644 :1 wide/file-with-a-long-name-${n * 7919}.txt\n`);
    kit.run(["fast-import", "--quiet"], `blob\nmark :1\n${blob("one\n")}${commit(0)}${files.join("")}`);
    const { scanned, anew } = remembered(kit);
    await scanned();
    const long = "a line of a file that is long\n".repeat(90_000);
    const later = Array.from({ length: 40 }, (_, i) => {
      const n = i + 1;
      const content = n % 20 === 0 ? `${long}${crcToken(n)}\n${long}` : `${crcToken(n)}\n`;
      return `${commit(n)}${n === 1 ? "from refs/heads/main^0\n" : ""}M 100644 inline wide/new-${(n * 7919) % 100}.txt\n${blob(content)}`;
    });
    kit.run(["fast-import", "--quiet"], later.join(""));
    const { places } = await scanned();
    assert.equal(places.length, 40);
    assert.deepEqual(places, await anew());
  });

  test("forgets what no ref reaches any more", async () => {
    const kit = new GitKit();
    fill(kit);
    const { scanned, anew } = remembered(kit);
    kit.commit({ "late.txt": `${crcToken(9)}\n` });
    assert.equal((await scanned()).places.length, 7);
    kit.git("reset", "-q", "--hard", "HEAD~1");
    const again = await scanned();
    assert.equal(again.places.length, 6);
    assert.deepEqual(again.places, await anew());
  });

  test("begins anew when the file is damaged or belongs to other rules, and keeps no text of the repository", async () => {
    const kit = new GitKit();
    fill(kit);
    const { scanned, cache } = remembered(kit);
    const first = await scanned();
    const file = readFileSync(cache);
    for (const secret of [1, 2, 3, 4, 5, 6].map((seed) => crcToken(seed))) assert.ok(!file.includes(secret));
    for (const text of ["a.txt", "refs/", "Ada"]) assert.ok(!file.includes(text), text);
    const zeroed = (from: number) => Buffer.from(file).fill(0, from, from + 10);
    // In its header, and in the lists behind that.
    const damages = [zeroed(200), zeroed(file.length - 20), file.subarray(0, file.length - 1), Buffer.alloc(0)];
    for (const damage of damages) {
      writeFileSync(cache, damage);
      const again = await scanned();
      assert.deepEqual([again.places, again.coverage.cached], [first.places, 0]);
    }
    assert.equal((await scanned({ rulebook: { ...rulebook, hash: "other" } })).coverage.cached, 0);
  });

  test("tells what a first one would when old content comes back, or older commits come in", async () => {
    const line = (n: number, more = "") => `one\n${crcToken(n)}\n${more}`;
    const shapes: Record<string, (drawing: Drawing) => { first: string[]; then: string[] }> = {
      "a file that was renamed, removed, and is put back": (drawing) => {
        drawing.line(
          [],
          ["c0", { "a.txt": line(1), k: "" }],
          ["c1", { "b.txt": line(1), k: "" }],
          ["c2", { k: "" }],
          ["c3", { "b.txt": line(1), k: "" }],
        );
        return { first: ["c2"], then: ["c2", "c3"] };
      },
      "a file that was told at one path only": (drawing) => {
        drawing.line(
          [],
          ["c0", { "a.txt": line(1) }],
          ["c1", { "b.txt": line(1) }],
          ["c2", { k: "" }],
          ["c3", { "b.txt": line(1), "c.txt": line(1), k: "" }],
          ["c4", { k: "more" }],
        );
        return { first: ["c3"], then: ["c3", "c4"] };
      },
      "a branch with older commits": (drawing) => {
        drawing.commit("c0", { k: "" });
        drawing.commit("old", { k: "", "a.txt": line(1, "old") }, { parents: ["c0"] });
        drawing.commit("new", { k: "", "a.txt": line(1) }, { parents: ["c0"] });
        return { first: ["new"], then: ["new", "old"] };
      },
      "a branch with an older commit of the same file": (drawing) => {
        drawing.commit("c0", { k: "" });
        drawing.commit("old", { k: "", "a.txt": line(1) }, { parents: ["c0"] });
        drawing.commit("new", { k: "", "a.txt": line(1) }, { parents: ["c0"] });
        return { first: ["new"], then: ["new", "old"] };
      },
      "a name that comes back beside another one": (drawing) => {
        drawing.line(
          [],
          ["c0", { [`${crcToken(1)}.txt`]: "x" }],
          ["c1", { k: "" }],
          ["c2", { [`d/${crcToken(1)}.txt`]: "x", [`d/${crcToken(2)}.txt`]: "x" }],
          ["c3", { k: "more" }],
        );
        return { first: ["c2"], then: ["c2", "c3"] };
      },
      "a merge of what was there": (drawing) => {
        drawing.commit("c0", { k: "" });
        drawing.commit("side", { k: "", "a.txt": line(1) }, { parents: ["c0"] });
        drawing.commit("main", { k: "1" }, { parents: ["c0"] });
        drawing.commit("merge", { k: "1", "a.txt": line(1) }, { parents: ["main", "side"] });
        return { first: ["main", "side"], then: ["main", "side", "merge"] };
      },
    };
    for (const [shape, draw] of Object.entries(shapes)) {
      const kit = new GitKit();
      const drawing = new Drawing();
      const { first, then } = draw(drawing);
      const ids = drawing.write(kit, then);
      const later = then.filter((name) => !first.includes(name));
      for (const name of later) kit.git("update-ref", "-d", `refs/heads/${name}`);
      const { scanned, anew } = remembered(kit);
      await scanned();
      for (const name of later) kit.git("update-ref", `refs/heads/${name}`, ids.get(name) ?? "");
      assert.deepEqual((await scanned()).places, await anew(), shape);
      assert.deepEqual((await scanned()).places, await anew(), `${shape}, once more`);
    }
  });

  test("tells the messages of tags again, and of a tag that is gone what a first one would", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("tag", "-a", "-m", `${crcToken(31)} in a tag of a tag`, "v2", "v1");
    const gone = kit.git("rev-parse", "v2");
    const { cache, scanned, anew } = remembered(kit);
    await scanned();
    kit.commit({ "new.txt": "new\n" });
    const again = await scanned();
    assert.deepEqual(again.places, await anew());
    assert.ok(again.coverage.cached > 0);
    rmSync(join(kit.dir, ".git/objects", gone.slice(0, 2), gone.slice(2)));
    const skipped = async (more: { cache?: string }) =>
      (await scanHistory({ gitDir: kit.dir, rulebook, ...more })).coverage.skipped;
    assert.deepEqual(await skipped({ cache }), await skipped({}));
    assert.equal((await skipped({}))[0]?.why, "not in the repository");
  });

  test.each(["loose", "packed", "packed refs"])(
    "tells what a first one would when all objects are gone: %s",
    async (how) => {
      const kit = new GitKit();
      kit.commit({ "a.txt": "one\n" });
      kit.commit({ "a.txt": "two\n" });
      if (how !== "loose") kit.git("repack", "-adq");
      if (how === "packed refs") kit.git("pack-refs", "--all");
      const cache = join(temporaryFolder(), "cache");
      const scanned = async (more: { cache?: string }) =>
        (await scanHistory({ gitDir: kit.dir, rulebook, ...more })).coverage;
      await scanned({ cache });
      assert.ok((await scanned({ cache })).cached > 0);
      const objects = join(kit.dir, ".git/objects");
      renameSync(objects, `${objects}.away`);
      mkdirSync(objects);
      const { skipped } = await scanned({});
      assert.notDeepEqual(skipped, []);
      assert.deepEqual((await scanned({ cache })).skipped, skipped);
      rmSync(objects, { recursive: true });
      renameSync(`${objects}.away`, objects);
      assert.deepEqual((await scanned({ cache })).skipped, []);
    },
  );

  test("names the binary files that a first one would", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.commit({ "a.bin": Buffer.from([1, 0, 2]) });
    kit.git("repack", "-adq");
    const { scanned } = remembered(kit);
    const binaries = async () => {
      const heard: string[] = [];
      await scanned({ onBinary: (id) => heard.push(id) });
      return heard.sort();
    };
    const first = await binaries();
    assert.deepEqual(first, [kit.git("rev-parse", "HEAD:a.bin")]);
    kit.commit({ "b.bin": Buffer.from([1, 0, 3]) });
    assert.deepEqual(await binaries(), [...first, kit.git("rev-parse", "HEAD:b.bin")].sort());
  });

  test("is prepared by no scan of a history that is cut off, which may grow at its other end", async () => {
    const origin = new GitKit();
    fill(origin);
    const clone = join(temporaryFolder(), "clone");
    origin.git("clone", "-q", "--depth=1", `file://${origin.dir}`, clone);
    const kit = new GitKit(clone);
    const { scanned, anew, cache } = remembered(kit);
    await scanned();
    assert.ok(!existsSync(cache));
    kit.git("fetch", "-q", "--unshallow");
    assert.deepEqual((await scanned()).places, await anew());
  });

  test("names files that a new commit brings and the repository lacks, and tells of them when they have come", async () => {
    const kit = new GitKit();
    kit.commit({ "a.txt": "one\n" });
    const cache = join(temporaryFolder(), "cache");
    const scan = (more = {}) => scanHistory({ gitDir: kit.dir, rulebook, cache, ...more });
    await scan();
    kit.commit({ "a.txt": "two\n", "deep/new.txt": `${crcToken(1)}\n` });
    const objects = ["a.txt", "deep/new.txt"].map((path) => {
      const id = kit.git("rev-parse", `HEAD:${path}`);
      return join(kit.dir, ".git/objects", id.slice(0, 2), id.slice(2));
    });
    for (const object of objects) renameSync(object, `${object}.away`);
    const { skipped } = (await scan({ cache: undefined })).coverage;
    assert.match(skipped.map(({ what }) => what).join(), /^blob [0-9a-f]+ and 1 more$/);
    const second = await scan();
    assert.deepEqual([second.coverage.skipped, second.coverage.cached], [skipped, 2]);
    for (const object of objects) renameSync(`${object}.away`, object);
    const third = await scan();
    assert.deepEqual(third.coverage.skipped, []);
    assert.deepEqual(
      third.candidates.map(({ provenance: { path } }) => path),
      ["deep/new.txt"],
    );
  });

  test("remembers also where files are missing, and begins anew when they have come", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.commit({ "b.txt": `${crcToken(7)}\n` });
    const away = kit.git("rev-parse", "HEAD:b.txt");
    const next = kit.commit({ "c.txt": "x\n" });
    kit.git("reset", "-q", "--hard", "HEAD~1");
    const object = join(kit.dir, ".git/objects", away.slice(0, 2), away.slice(2));
    renameSync(object, `${object}.away`);
    const { cache } = remembered(kit);
    const scanned = () => scanHistory({ gitDir: kit.dir, rulebook, cache });
    const first = await scanned();
    assert.deepEqual([first.candidates.length, first.coverage.skipped.length], [6, 1]);
    kit.git("update-ref", "refs/heads/main", next);
    const second = await scanned();
    assert.deepEqual([second.coverage.cached, second.coverage.commits], [first.coverage.objects, 4]);
    assert.deepEqual(second.coverage.skipped, first.coverage.skipped);
    renameSync(`${object}.away`, object);
    const third = await scanned();
    assert.deepEqual([third.candidates.length, third.coverage.skipped.length, third.coverage.cached], [7, 0, 0]);
  });

  test("is not prepared by a scan that had to leave something out, or was stopped", async () => {
    const kit = new GitKit();
    fill(kit);
    const blob = kit.git("rev-parse", "HEAD:a.txt");
    const object = join(kit.dir, ".git/objects", blob.slice(0, 2), blob.slice(2));
    const sound = readFileSync(object);
    const cache = join(temporaryFolder(), "cache");
    kit.git("repack", "-q"); // keeps the loose objects, of which one is to be damaged
    kit.write(".git/objects/pack/pack-0.pack", sound);
    assert.notDeepEqual((await scanHistory({ gitDir: kit.dir, rulebook, cache })).coverage.skipped, []);
    assert.ok(!existsSync(cache));
    const stopped = scanHistory({ gitDir: kit.dir, rulebook, cache, signal: AbortSignal.abort() });
    await assert.rejects(stopped, { name: "AbortError" });
    assert.ok(!existsSync(cache));
  });
});
