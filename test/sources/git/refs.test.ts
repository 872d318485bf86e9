// Whatever git takes for a ref leads to its commits, and what nobody can read is named.
import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, test } from "vitest";
import { readHead } from "../../../src/sources/git/head.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { openRepository } from "../../../src/sources/git/repository.ts";
import { findWorkTree } from "../../../src/sources/git/stage/work-tree.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, rulebook } from "./git-kit.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");

/** A secret on main, and two on commits that nothing leads to yet. */
function apart() {
  const kit = new GitKit();
  const commits = [0, 1, 2].map((n) => {
    kit.write("f", `${crcToken(n)}\n`);
    kit.git("add", "f");
    return kit.git("commit-tree", kit.git("write-tree"), "-m", `${n}`);
  }) as [string, string, string];
  kit.git("update-ref", "refs/heads/main", commits[0]);
  const write = (name: string, text: string) => {
    const path = bytes(`${kit.dir}/.git/${name}`);
    mkdirSync(dirname(path.toString("latin1")), { recursive: true });
    writeFileSync(path, text);
  };
  return { kit, commits, write };
}

async function found({ dir }: GitKit) {
  const { candidates, coverage } = await scanHistory({ gitDir: dir, rulebook });
  return { count: candidates.length, skipped: coverage.skipped.map(({ what }) => what) };
}

describe("a ref", () => {
  test("may have any bytes for a name, alone or in the file of packed refs", async () => {
    const { kit, commits, write } = apart();
    write("refs/heads/\xff", `${commits[1]}\n`);
    mkdirSync(bytes(`${kit.dir}/.git/refs/heads/\xfd`));
    write("refs/heads/\xfd/\xfe", `${commits[2]}\n`);
    assert.deepEqual(await found(kit), { count: 3, skipped: [] });
    kit.git("pack-refs", "--all");
    assert.deepEqual(await found(kit), { count: 3, skipped: [] });
    const packed = `${commits[1]} refs/heads/\xfd\n${commits[2]} refs/heads/\xfe\n`;
    writeFileSync(`${kit.dir}/.git/packed-refs`, bytes(packed));
    write("HEAD", `${commits[0]}\n`);
    assert.deepEqual(await found(kit), { count: 3, skipped: [] });
  });

  test.each([
    ["in capitals", (id: string) => ({ "refs/heads/x": `${id.toUpperCase()}\n` })],
    ["with words behind the id", (id: string) => ({ "refs/heads/x": `${id}\tnot-for-merge\n` })],
    ["to what was fetched", (id: string) => ({ "refs/heads/x": "ref:FETCH_HEAD\n", FETCH_HEAD: `${id}\t\tfrom\n` })],
    ["in capitals, packed", (id: string) => ({ "packed-refs": `${id.toUpperCase()} refs/heads/x\n` })],
  ])("is read as git reads it: %s", async (_, filesOf) => {
    const { kit, commits, write } = apart();
    for (const [name, text] of Object.entries(filesOf(commits[1]))) write(name, text);
    assert.equal(kit.git("rev-parse", "refs/heads/x"), commits[1]);
    assert.deepEqual(await found(kit), { count: 2, skipped: [] });
  });

  test("may be a link to another, also HEAD, and also to one that is packed", async () => {
    const { kit, commits } = apart();
    kit.git("update-ref", "refs/heads/\u00fc", commits[1]);
    rmSync(`${kit.dir}/.git/HEAD`);
    symlinkSync("refs/heads/\u00fc", `${kit.dir}/.git/HEAD`);
    kit.git("pack-refs", "--all");
    const { gitDir = "" } = findWorkTree(kit.dir) ?? {};
    assert.equal(readHead(openRepository(gitDir)), commits[1]);
    assert.deepEqual(await found(kit), { count: 2, skipped: [] });
  });

  test("that nobody can read is named, and so are links in the place of folders; files with a dot before are none", async () => {
    const { kit, commits, write } = apart();
    write("refs/heads/empty", "");
    write("refs/heads/words", "no ref at all\n");
    write("refs/heads/.DS_Store", "no ref at all\n");
    write("refs/heads/away/x", `${commits[1]}\n`);
    write("packed-refs", `words\n`);
    renameSync(`${kit.dir}/.git/refs/heads/away`, `${kit.dir}/away`);
    symlinkSync(`${kit.dir}/away`, `${kit.dir}/.git/refs/heads/away`);
    const { count, skipped } = await found(kit);
    assert.equal(count, 1);
    assert.deepEqual(skipped.sort(), [
      "a line of the file of packed refs",
      "refs/heads/empty",
      "refs/heads/words",
      "what is below refs/heads/away",
    ]);
  });
});
