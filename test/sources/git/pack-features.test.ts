import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "vitest";
import { askGit } from "../../../src/sources/git/ask-git.ts";
import type { HistoryOptions, HistoryResult } from "../../../src/sources/git/history/history.ts";
import { readMultiPackIndex } from "../../../src/sources/git/objects/multi-pack-index.ts";
import { SHA1 } from "../../../src/sources/git/object-id.ts";
import { PackIndex } from "../../../src/sources/git/objects/pack-index.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { openRepository } from "../../../src/sources/git/repository.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, rulebook, temporaryFolder } from "./git-kit.ts";

const FILES = 6;
const tokens = Array.from({ length: FILES }, (_, i) => crcToken(100 + i));

/** A file that grows by a line a commit, with a token on some of them: deltas on deltas. */
function fill(kit: GitKit): void {
  let text = Array.from({ length: 60 }, (_, i) => `line ${i} of a file that is long enough for a delta\n`).join("");
  for (const [i, token] of tokens.entries()) {
    text = text.replace(`line ${7 * i} `, `line ${7 * i} ${token} `);
    kit.commit({ "a.txt": text, [`b${i}.txt`]: `${i}\n` });
  }
}

const scanned = (dir: string, options: Partial<HistoryOptions> = {}): Promise<HistoryResult> =>
  scanHistory({ gitDir: dir, rulebook, ...options });
const secretsOf = ({ candidates }: HistoryResult) => candidates.map(({ secret }) => secret.reveal());

async function findsAll(dir: string): Promise<HistoryResult> {
  const result = await scanned(dir);
  assert.deepEqual(secretsOf(result), tokens);
  assert.deepEqual(result.coverage.skipped, []);
  return result;
}

const packFolder = (kit: GitKit) => join(kit.dir, ".git/objects/pack");
const packs = (kit: GitKit, end = ".pack") =>
  readdirSync(packFolder(kit))
    .filter((name) => name.endsWith(end))
    .map((name) => join(packFolder(kit), name));

describe("however git keeps the objects, all of them are read", () => {
  test("deltas by offset, of which only the changes are scanned", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("repack", "-adfq", "--depth=50", "--window=50");
    const { coverage } = await findsAll(kit.dir);
    assert.ok(coverage.scanned < coverage.bytes / 2, `${coverage.scanned} of ${coverage.bytes} bytes were scanned`);
  });

  test("deltas by object id", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq");
    await findsAll(kit.dir);
  });

  test("loose objects, of any size and however much they shrink", async () => {
    const kit = new GitKit();
    const mixed = Array.from({ length: 90_000 }, (_, i) => ((i * 7919) % 104_729).toString(36)).join(" ");
    const fillers = ["", "a".repeat(3_000), "a".repeat(50_000), "line\n".repeat(500_000), mixed, mixed.repeat(4)];
    for (const [i, filler] of fillers.entries()) kit.commit({ [`c${i}.txt`]: `${filler}\n${tokens[i]}\n` });
    assert.deepEqual(packs(kit), []);
    await findsAll(kit.dir);
  });

  test("many packs with the same objects in several, with and without a multi-pack index", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("repack", "-q", "-d");
    kit.commit({ "c.txt": "more\n" });
    kit.git("repack", "-q", "-d");
    kit.git("pack-objects", "-q", "--all", join(packFolder(kit), "pack"));
    assert.ok(packs(kit).length >= 3);
    await findsAll(kit.dir);
    kit.git("multi-pack-index", "write");
    await findsAll(kit.dir);
    // The multi-pack index stands in for indexes that are gone.
    for (const path of packs(kit, ".idx")) rmSync(path);
    await findsAll(kit.dir);
  });

  test("an index of version 1", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("repack", "-adfq");
    const [pack = ""] = packs(kit);
    const index = pack.replace(/pack$/, "idx");
    const copy = join(temporaryFolder(), basename(pack));
    copyFileSync(pack, copy);
    kit.git("index-pack", "--index-version=1", "-o", `${copy}.idx`, copy);
    rmSync(index);
    renameSync(`${copy}.idx`, index);
    await findsAll(kit.dir);
  });

  test("offsets of 64 bits", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("repack", "-adfq");
    const [pack = ""] = packs(kit);
    const copy = join(temporaryFolder(), basename(pack));
    copyFileSync(pack, copy);
    // Every offset from 0 on goes to the table of large ones.
    kit.git("index-pack", "--index-version=2,0", "-o", `${copy}.idx`, copy);
    const index = pack.replace(/pack$/, "idx");
    rmSync(index);
    renameSync(`${copy}.idx`, index);
    await findsAll(kit.dir);
  });

  test("objects of SHA-256", async () => {
    const kit = new GitKit(temporaryFolder(), ["--object-format=sha256"]);
    fill(kit);
    await findsAll(kit.dir);
    kit.git("repack", "-adfq");
    await findsAll(kit.dir);
  });

  test("objects of another repository that this one borrows", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("repack", "-adfq");
    const dir = join(temporaryFolder(), "shared");
    kit.git("clone", "-q", "--shared", "--bare", kit.dir, dir);
    await findsAll(dir);
  });

  test("objects of others whose folders stand in quotes, in a file or in git's environment", async () => {
    const kit = new GitKit();
    fill(kit);
    const dir = join(temporaryFolder(), 'a:b "\u00fc".git');
    kit.git("clone", "-q", "--bare", kit.dir, dir);
    const quoted = `"${dir.replaceAll('"', '\\"')}/objects"`;
    const borrower = new GitKit(temporaryFolder(), ["--bare"]);
    writeFileSync(join(borrower.dir, "packed-refs"), `${kit.git("rev-parse", "HEAD")} refs/heads/main\n`);
    const environment = { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted };
    assert.deepEqual(secretsOf(await scanned(borrower.dir, { environment })), tokens);
    const { gitDir, objects } = openRepository(borrower.dir, environment);
    assert.equal(askGit({ gitDir, objects }, ["rev-list", "--count", "--all"]).toString(), `${FILES}\n`);
    const alternates = join(borrower.dir, "objects/info/alternates");
    writeFileSync(alternates, `# where it is\n${quoted.replace("\u00fc", "\\303\\274")}\n`);
    await findsAll(borrower.dir);
  });

  test("a linked work tree, and a .git that is a file", async () => {
    const kit = new GitKit();
    fill(kit);
    const dir = join(temporaryFolder(), "linked");
    kit.git("worktree", "add", "-q", "--detach", dir);
    await findsAll(dir);
    const parent = new GitKit();
    parent.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", kit.dir, "sub");
    await findsAll(join(parent.dir, "sub"));
  });

  test("a quarantine, as a pre-receive hook sees it", async () => {
    const kit = new GitKit();
    kit.commit({ "a.txt": "one\n" });
    const bare = join(temporaryFolder(), "bare.git");
    kit.git("clone", "-q", "--bare", kit.dir, bare);
    fill(kit);
    const folder = join(bare, "objects/incoming");
    mkdirSync(folder);
    const id = kit.git("rev-parse", "HEAD");
    const environment = { GIT_OBJECT_DIRECTORY: folder, GIT_ALTERNATE_OBJECT_DIRECTORIES: join(bare, "objects") };
    const pack = execFileSync("git", ["pack-objects", "--revs", "--stdout", "-q"], {
      cwd: kit.dir,
      input: `${id}\n^HEAD~${FILES}\n`,
    });
    execFileSync("git", ["index-pack", "--stdin"], { cwd: bare, input: pack, env: { ...process.env, ...environment } });
    const before = { ...process.env };
    Object.assign(process.env, environment);
    try {
      assert.deepEqual(secretsOf(await scanned(bare, { revisions: [id, "^main"] })), tokens);
    } finally {
      process.env = before;
    }
  });
});

describe("what is not there, or not whole, is reported", () => {
  test("a partial clone tells what it lacks, and nothing is fetched", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("config", "uploadpack.allowFilter", "true");
    const dir = join(temporaryFolder(), "partial");
    kit.git("clone", "-q", "--no-checkout", "--filter=blob:none", `file://${kit.dir}`, dir);
    const { candidates, coverage } = await scanned(dir);
    assert.deepEqual(candidates, []);
    assert.ok(
      coverage.skipped.some(({ why }) => why.includes("partial clone")),
      JSON.stringify(coverage.skipped),
    );
    assert.equal(readdirSync(join(dir, ".git/objects/pack")).filter((name) => name.endsWith(".pack")).length, 1);
  });

  test("a partial clone without folders says so once, however many commits it has", async () => {
    const kit = new GitKit();
    const commit = (n: number) =>
      `commit refs/heads/main\ncommitter A <a@b.c> ${n} +0000\ndata 0\nM 644 inline a\ndata ${String(n).length}\n${n}\n`;
    const input = Array.from({ length: 102 }, (_, n) => commit(n)).join("");
    execFileSync("git", ["-C", kit.dir, "fast-import", "--quiet"], { input });
    kit.git("config", "uploadpack.allowFilter", "true");
    const dir = join(temporaryFolder(), "partial");
    kit.git("clone", "-q", "--no-checkout", "--filter=tree:0", `file://${kit.dir}`, dir);
    const [told, ...others] = (await scanned(dir)).coverage.skipped;
    assert.match(told?.what ?? "", /^tree [0-9a-f]{40} and 101 more$/);
    assert.match(told?.why ?? "", /^not fetched: this is a partial clone/);
    assert.deepEqual(others, []);
  });

  test("a shallow clone is scanned as far as it goes", async () => {
    const kit = new GitKit();
    fill(kit);
    const dir = join(temporaryFolder(), "shallow");
    kit.git("clone", "-q", "--depth=1", `file://${kit.dir}`, dir);
    const result = await scanned(dir);
    assert.deepEqual(secretsOf(result).sort(), [...tokens].sort());
    assert.equal(result.coverage.commits, 1);
  });

  test("a commit that is missing is named, also beside an empty file of where the history is cut off", async () => {
    const kit = new GitKit();
    const gone = kit.commit({ "a.txt": "1\n" });
    kit.commit({ "a.txt": "2\n" });
    rmSync(join(kit.dir, ".git/objects", gone.slice(0, 2), gone.slice(2)));
    writeFileSync(join(kit.dir, ".git/shallow"), "");
    const { coverage } = await scanned(kit.dir);
    assert.deepEqual(coverage.skipped, [{ what: `commit ${gone}`, why: "not in the repository" }]);
  });

  test("a damaged object is named; all others are read", async () => {
    const kit = new GitKit();
    fill(kit);
    const blob = kit.git("rev-parse", "HEAD:b0.txt");
    const file = join(kit.dir, ".git/objects", blob.slice(0, 2), blob.slice(2));
    rmSync(file);
    writeFileSync(file, "no zlib stream");
    const result = await scanned(kit.dir);
    assert.deepEqual(secretsOf(result), tokens);
    assert.deepEqual(
      result.coverage.skipped.map(({ what }) => what),
      [`object ${blob}`],
    );
  });

  test("a pack without an index is named", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("repack", "-adfq");
    for (const path of packs(kit, ".idx")) rmSync(path);
    const { coverage } = await scanned(kit.dir);
    assert.ok(coverage.skipped.some(({ why }) => why.includes("no index")));
  });

  test("where there is no repository, the error says what to name", async () => {
    await assert.rejects(scanned(temporaryFolder()), /is no git repository: name a work tree/);
    const kit = new GitKit();
    kit.commit({ "a.txt": "one\n" });
    await assert.rejects(scanned(kit.dir, { revisions: ["no-such-branch"] }), /git does not know no-such-branch/);
    await assert.rejects(scanned(kit.dir, { revisions: ["--output=x"] }), /does not name commits/);
  });
});

describe("damage of any kind is reported and never thrown", () => {
  test("flipped bytes, cut ends and zeroed stretches in pack and index", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("repack", "-adfq", "--depth=50");
    const [pack = ""] = packs(kit);
    const index = pack.replace(/pack$/, "idx");
    const sound = { pack: readFileSync(pack), index: readFileSync(index) };
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    const damage = (bytes: Buffer): Buffer => {
      const copy = Buffer.from(bytes);
      const at = random(copy.length);
      if (random(3) === 0) return copy.subarray(0, at);
      if (random(2) === 0) return copy.fill(random(256), at, at + 1 + random(64));
      for (let i = 0; i < 3; i++) copy[random(copy.length)] = random(256);
      return copy;
    };
    rmSync(pack);
    rmSync(index);
    for (let round = 0; round < 24; round++) {
      writeFileSync(pack, round % 3 === 0 ? sound.pack : damage(sound.pack));
      writeFileSync(index, round % 3 === 0 ? damage(sound.index) : sound.index);
      const { candidates, coverage } = await scanned(kit.dir);
      const missing = tokens.filter((token) => !candidates.some(({ secret }) => secret.reveal() === token));
      if (missing.length > 0)
        assert.notDeepEqual(coverage.skipped, [], `round ${round}: ${missing.length} are missing`);
    }
    assert.ok(existsSync(pack));
  });

  test("an index whose ids are out of order tells of all secrets, or that something is missing", async () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("repack", "-adfq");
    const [index = ""] = packs(kit, ".idx");
    const sound = readFileSync(index);
    const count = sound.readUInt32BE(8 + 1020);
    const columns = [
      [8 + 1024, 20],
      [8 + 1024 + 20 * count, 4],
      [8 + 1024 + 24 * count, 4],
    ] as const;
    rmSync(index);
    // Neighbours change places, each with its offset: what is found of them still is right.
    for (let row = 0; row + 1 < count; row++) {
      const bytes = Buffer.from(sound);
      for (const [at, width] of columns) {
        const [first, second] = [at + width * row, at + width * (row + 1)];
        sound.copy(bytes, first, second, second + width);
        sound.copy(bytes, second, first, first + width);
      }
      writeFileSync(index, bytes);
      const result = await scanned(kit.dir);
      const told = secretsOf(result);
      if (result.coverage.skipped.length === 0) assert.deepEqual(told.toSorted(), tokens.toSorted(), `row ${row}`);
      for (const { provenance } of result.candidates) assert.equal(provenance.path, "a.txt", `row ${row}`);
    }
  });

  test("cut and changed indexes of every kind end in words", () => {
    const kit = new GitKit();
    fill(kit);
    kit.git("repack", "-adfq");
    kit.git("multi-pack-index", "write");
    const [index = ""] = packs(kit, ".idx");
    const bytes = readFileSync(index);
    for (let length = 0; length < bytes.length; length += 13) {
      assert.throws(() => new PackIndex(bytes.subarray(0, length), SHA1), { name: "BrokenObject" });
    }
    const multi = join(packFolder(kit), "multi-pack-index");
    const whole = readFileSync(multi);
    rmSync(multi);
    for (let length = 0; length < whole.length - 40; length += 11) {
      writeFileSync(multi, whole.subarray(0, length));
      assert.throws(() => readMultiPackIndex(join(kit.dir, ".git/objects"), SHA1));
    }
  });
});
