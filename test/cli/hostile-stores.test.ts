import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import { describe, test } from "vitest";
import { baseDistance, entryHeader, idOf, indexOf, packOf, type PackedEntry } from "../fuzz/targets/pack-kit.ts";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const line = `const key = "${crcToken(41)}";\n`;

/** A repository with one commit that leaks, and a scan of it. */
const leaking = (use: (place: Workplace & { readonly store: string }) => Promise<void>) =>
  inWorkplace(async (place) => {
    place.git("init", "--quiet", "--initial-branch=main");
    place.commit("One", { "a.js": line });
    await use({ ...place, store: join(place.folder, ".git") });
  });

/** Writes a loose object under whatever name, and gives its true one. */
function forge(store: string, kind: string, content: string | Buffer, name?: string): string {
  const body = Buffer.from(content);
  const bytes = Buffer.concat([Buffer.from(`${kind} ${body.length}\0`), body]);
  const id = name ?? createHash("sha1").update(bytes).digest("hex");
  mkdirSync(join(store, "objects", id.slice(0, 2)), { recursive: true });
  writeFileSync(join(store, "objects", id.slice(0, 2), id.slice(2)), deflateSync(bytes));
  return id;
}

const WHO = "Ada <ada@example.org> 1769860800 +0000";

/** Puts something in the place of a file that is none; what was there stands beside it. */
function pipeAt(path: string): void {
  if (existsSync(path)) renameSync(path, `${path}.was`);
  mkdirSync(dirname(path), { recursive: true });
  execFileSync("mkfifo", [path]);
}

describe("a pipe in the place of a file keeps nobody waiting, and nothing passes for clean:", () => {
  const loose = (store: string, git: Workplace["git"]) => {
    const id = git("rev-parse", "HEAD");
    return join(store, "objects", id.slice(0, 2), id.slice(2));
  };
  const pack = (store: string) => {
    const folder = join(store, "objects/pack");
    return join(folder, readdirSync(folder).find((name) => name.endsWith(".pack")) ?? "none");
  };
  test(
    "an object that git is asked about before a push",
    leaking(async ({ git, commit, patrol, store }) => {
      const old = git("rev-parse", "HEAD");
      const id = commit("Two", { "b.js": "x\n" });
      pipeAt(join(store, "objects", old.slice(0, 2), old.slice(2)));
      const input = `refs/heads/main ${id} refs/heads/main ${old}\n`;
      const { status, stderr } = await patrol(["hook", "run", "pre-push", "origin"], { input });
      assert.equal(status, 2);
      assert.match(stderr, /is a pipe or a device/);
    }),
  );

  test(
    "what a hook's installation reads",
    leaking(async ({ patrol, folder, store }) => {
      pipeAt(join(folder, "lefthook.yml"));
      for (const args of [["install"], ["doctor"], ["uninstall"]]) {
        const { status, stderr } = await patrol(["hook", ...args]);
        assert.deepEqual([status, /lefthook\.yml is no file/.test(stderr)], [2, true], stderr);
      }
      rmSync(join(folder, "lefthook.yml"));
      pipeAt(join(store, "hooks/pre-commit"));
      assert.match((await patrol(["hook", "install"])).stderr, /pre-commit is no file/);
    }),
  );

  for (const [what, place, args] of [
    ["a loose object", loose, ["git", "."]],
    ["a loose object that git is asked about", loose, ["git", ".", "--log-opts=--branches"]],
    [
      "a ref that git is asked about",
      (store: string) => join(store, "refs/heads/other"),
      ["git", ".", "--log-opts=--branches"],
    ],
    ["the list of alternates", (store: string) => join(store, "objects/info/alternates"), ["git", "."]],
    ["a configuration", (store: string) => join(store, "../.gitleaks.toml"), ["dir", "."]],
    ["our own ignore file", (store: string) => join(store, "../.patrolignore"), ["git", "."]],
  ] as const)
    test(
      what,
      leaking(async ({ git, patrol, store }) => {
        pipeAt(place(store, git));
        const { status, stderr } = await patrol(args);
        assert.equal(status, 2, stderr);
        assert.doesNotMatch(stderr, /no leaks|internal/);
      }),
    );

  test(
    "a pack",
    leaking(async ({ git, patrol, store }) => {
      git("repack", "-adq");
      pipeAt(pack(store));
      const { status, stderr } = await patrol(["git", "."]);
      assert.equal(status, 2, stderr);
      assert.match(stderr, /is a pipe or a device/);
    }),
  );
});

describe("a store that was made to lead nowhere", () => {
  test(
    "alternates that point to themselves, in a ring or to nothing end",
    leaking(async ({ git, patrol, store, folder }) => {
      git("clone", "--quiet", "--bare", ".", "other.git");
      const other = join(folder, "other.git");
      mkdirSync(join(other, "objects/info"), { recursive: true });
      writeFileSync(join(store, "objects/info/alternates"), `${store}/objects\n${other}/objects\n/nowhere\n`);
      writeFileSync(join(other, "objects/info/alternates"), `${store}/objects\n../../other.git/objects\n`);
      const { status, stdout } = await patrol(["git", "."]);
      assert.equal(status, 1);
      assert.equal(stdout.match(/^File: /gm)?.length, 1);
    }),
  );

  test(
    "a common folder that is none is named",
    leaking(async ({ patrol, store }) => {
      for (const name of ["../nowhere", "HEAD", "x".repeat(300)]) {
        writeFileSync(join(store, "commondir"), name);
        const { status, stderr } = await patrol(["git", "."]);
        assert.equal(status, 2);
        assert.match(stderr, /is no git repository: the folder that .*commondir names is none with objects/);
      }
    }),
  );

  test(
    "commits that are their own parents, by forged names, are scanned once and reported",
    leaking(async ({ git, patrol, store }) => {
      const tree = git("rev-parse", "HEAD^{tree}");
      const [one, two] = ["ab".repeat(20), "cd".repeat(20)];
      forge(store, "commit", `tree ${tree}\nparent ${one}\nauthor ${WHO}\ncommitter ${WHO}\n\nself\n`, one);
      forge(
        store,
        "commit",
        `tree ${tree}\nparent ${two}\nparent ${one}\nauthor ${WHO}\ncommitter ${WHO}\n\nring\n`,
        two,
      );
      writeFileSync(join(store, "refs/heads/self"), `${one}\n`);
      writeFileSync(join(store, "refs/heads/ring"), `${two}\n`);
      const { status, stdout } = await patrol(["git", "."]);
      assert.ok(status === 1 || status === 2, String(status));
      assert.equal(stdout.match(/^File: /gm)?.length, 1);
    }),
  );

  test(
    "grafts and replace refs in a ring do not hide what they stand before",
    leaking(async ({ git, commit, patrol, store }) => {
      const [first, second] = [git("rev-parse", "HEAD"), commit("Two", { "b.js": "x\n" })];
      writeFileSync(join(store, "info/grafts"), `${first} ${second}\n${second} ${first}\n${second} ${second}\n`);
      mkdirSync(join(store, "refs/replace"), { recursive: true });
      writeFileSync(join(store, "refs/replace", first), `${second}\n`);
      writeFileSync(join(store, "refs/replace", second), `${first}\n`);
      for (const way of [[], ["--log-opts=--branches"], ["--log-opts=HEAD~1..HEAD"]]) {
        const { status, stderr } = await patrol(["git", ".", ...way]);
        assert.equal(status, way[0]?.includes("~") ? 0 : 1, `${way.join()}: ${stderr}`);
      }
    }),
  );

  test(
    "a commit graph that denies parents hides no commit that was asked for",
    leaking(async ({ git, commit, patrol, store }) => {
      git("rm", "-q", "a.js");
      commit("Two", { "b.js": "nothing\n" });
      git("commit-graph", "write", "--reachable");
      const path = join(store, "objects/info/commit-graph");
      const graph = readFileSync(path);
      const chunk = graph.indexOf("CDAT") + 4;
      // Of each commit: its tree, two parents, times. No parents is 0x70000000.
      for (let at = Number(graph.readBigUInt64BE(chunk)), i = 0; i < 2; i++) {
        graph.writeUInt32BE(0x70000000, at + 36 * i + 20);
      }
      createHash("sha1")
        .update(graph.subarray(0, -20))
        .digest()
        .copy(graph, graph.length - 20);
      rmSync(path, { force: true });
      writeFileSync(path, graph);
      assert.equal(git("rev-list", "HEAD").split("\n").length, 1, "git believes it");
      for (const asked of ["HEAD", "HEAD~0", "--all"]) {
        const { status, stderr } = await patrol(["git", ".", `--log-opts=${asked}`]);
        assert.equal(status, 1, `${asked}: ${stderr}`);
      }
    }),
  );

  test(
    "a shallow file of garbage hides nothing",
    leaking(async ({ patrol, store }) => {
      writeFileSync(
        join(store, "shallow"),
        Buffer.concat([Buffer.alloc(5000, "\0\n"), Buffer.from("deadbeef\n../../x\n")]),
      );
      const { status, stdout } = await patrol(["git", "."]);
      assert.ok(status === 1 || status === 2, String(status));
      assert.equal(stdout.match(/^File: /gm)?.length ?? 1, 1);
    }),
  );

  test(
    "pipes in the place of refs and of what git always reads are not waited for",
    leaking(async ({ patrol, store }) => {
      for (const name of ["refs/heads/pipe", "packed-refs", "HEAD", "config", "shallow", "index"]) {
        const path = join(store, name);
        const was = existsSync(path) ? readFileSync(path) : undefined;
        rmSync(path, { force: true });
        execFileSync("mkfifo", [path]);
        for (const way of name.startsWith("refs") ? [[]] : [[], ["--staged"]]) {
          const { status, stderr } = await patrol(["git", ".", ...way]);
          assert.equal(status, 2, `${name} ${way.join()}: ${stderr}`);
          assert.match(stderr, /is a pipe or a device|no git repository/);
        }
        rmSync(path);
        if (was !== undefined) writeFileSync(path, was);
      }
    }),
  );

  test(
    "a .git file of gigabytes, or one that leads to itself, is no repository",
    inWorkplace(async ({ folder, write, patrol }) => {
      write({ "huge/.git": "gitdir: ", "self/.git": "gitdir: .git\n" });
      truncateSync(join(folder, "huge/.git"), 3e9);
      for (const name of ["huge", "self"])
        for (const way of [[], ["--staged"]]) {
          const { status, stderr } = await patrol(["git", name, ...way]);
          assert.equal(status, 2, stderr);
          assert.match(stderr, /no git repository/);
        }
    }),
  );

  test(
    "what a pack holds damaged is read where it stands undamaged, trees too, and so is what a pack that is none should hold",
    leaking(async ({ git, commit, patrol, store }) => {
      const id = commit("Two", { "b/c.js": line.replace("key", "other"), "d.js": "x\n" });
      const found = async () => {
        const { status, stdout } = await patrol(["git", "-f", "json", "-r", "-"]);
        const rows = JSON.parse(stdout) as { File: string; Commit: string }[];
        return { status, places: rows.map(({ File, Commit }) => `${File} ${Commit}`) };
      };
      const sound = await found();
      assert.deepEqual([sound.status, sound.places.length, sound.places[1]], [1, 2, `b/c.js ${id}`]);
      // What lay alone stays there.
      git("repack", "-aq");
      const name = readdirSync(join(store, "objects/pack")).find((one) => one.endsWith(".pack")) ?? "";
      const path = join(store, "objects/pack", name);
      const bytes = readFileSync(path);
      for (let at = 20; at < bytes.length - 20; at += 23) bytes[at] = (bytes[at] ?? 0) ^ 0x55;
      chmodSync(path, 0o600);
      writeFileSync(path, bytes);
      assert.deepEqual(await found(), sound);
      writeFileSync(path, "");
      assert.deepEqual(await found(), { ...sound, status: 2 });
    }),
  );

  test(
    "an index of packs that names a missing one, and a pack whose index lies, are reported",
    leaking(async ({ git, patrol, store }) => {
      git("repack", "-adq");
      git("multi-pack-index", "write");
      const packs = join(store, "objects/pack");
      const index = readdirSync(packs).find((name) => name.endsWith(".idx")) ?? "";
      assert.equal((await patrol(["git", "."])).status, 1);
      const fan = Buffer.from(execFileSync("cat", [join(packs, index)]));
      const wrong = Buffer.from(fan);
      for (let i = 0; i < 255; i++) wrong.writeUInt32BE(0xfffffff0 - i, 8 + 4 * i);
      rmSync(join(packs, "multi-pack-index"));
      execFileSync("chmod", ["u+w", join(packs, index)]);
      writeFileSync(join(packs, index), wrong);
      const lied = await patrol(["git", "."]);
      assert.equal(lied.status, 2, lied.stderr);
      writeFileSync(join(packs, index), fan);
      git("multi-pack-index", "write");
      for (const name of readdirSync(packs)) if (!name.startsWith("multi")) rmSync(join(packs, name), { force: true });
      const missing = await patrol(["git", "."]);
      assert.equal(missing.status, 2, missing.stderr);
    }),
  );
});

describe("a store of many things", () => {
  /** Puts a chain of 6,500 deltas into a store; of all of its links others are made as well, if it branches. */
  const putChain = (store: string, branches: boolean) => {
    const base = Buffer.alloc(30_000, "some words\n");
    // The size twice, 30,000, and a copy of all of it.
    const delta = Buffer.from([0xb0, 0xea, 1, 0xb0, 0xea, 1, 0xb0, 0x30, 0x75]);
    const links = 6500;
    const entries = Array.from({ length: branches ? 2 * links : links }, (_, i): PackedEntry => {
      const id = idOf("blob", Buffer.from(`link ${i}`));
      if (i === 0) return { id, content: base, head: () => entryHeader(3, base.length) };
      const on = i < links ? i - 1 : i - links;
      const head: PackedEntry["head"] = (here, offsets) =>
        Buffer.concat([entryHeader(6, delta.length), baseDistance(here - (offsets[on] ?? 0))]);
      return { id, content: delta, head };
    });
    const { pack, offsets } = packOf(entries);
    const path = join(store, `objects/pack/pack-${"7".repeat(40)}`);
    writeFileSync(`${path}.pack`, pack);
    const ids = entries.map(({ id }) => id);
    writeFileSync(`${path}.idx`, indexOf(ids, offsets, pack.subarray(-20)));
  };

  test(
    "a chain of more deltas than git makes is read to its end",
    leaking(async ({ patrol, store }) => {
      putChain(store, false);
      const { status, stdout, stderr } = await patrol(["git", "."]);
      assert.equal(status, 1, stderr);
      assert.equal(stdout.match(/^File: /gm)?.length, 1);
      assert.doesNotMatch(stderr, /not scanned/);
    }),
  );

  test(
    "one that branches at every link is read as far as memory goes, and the rest is named in one line",
    leaking(async ({ patrol, store }) => {
      putChain(store, true);
      const { status, stdout, stderr } = await patrol(["git", "."]);
      assert.equal(status, 2, stderr);
      assert.equal(stdout.match(/^File: /gm)?.length, 1);
      const told = stderr.match(/^not scanned: .*$/gm);
      assert.equal(told?.length, 1, stderr);
      assert.match(told[0] ?? "", /object [0-9a-f]{40} and \d+ more: its chain of deltas/);
    }),
  );

  test(
    "thousands of refs, packed and loose, and a tree of ten thousand entries of one blob",
    leaking(async ({ git, patrol, store }) => {
      const head = git("rev-parse", "HEAD");
      const names = Array.from({ length: 6000 }, (_, i) => `refs/tags/t${i}`);
      writeFileSync(
        join(store, "packed-refs"),
        `# pack-refs with: peeled fully-peeled sorted \n${names
          .toSorted()
          .map((name) => `${head} ${name}\n`)
          .join("")}`,
      );
      for (let i = 0; i < 500; i++) appendFileSync(join(store, "refs/heads", `b${i}`), `${head}\n`);
      const blob = git("rev-parse", "HEAD:a.js");
      const entry = Buffer.from(blob, "hex").toString("latin1");
      const rows = Array.from({ length: 10_000 }, (_, i) => `100644 f${String(i).padStart(5, "0")}\0${entry}`);
      const tree = Buffer.from(rows.join(""), "latin1");
      const id = forge(store, "tree", tree);
      const commit = forge(store, "commit", `tree ${id}\nparent ${head}\nauthor ${WHO}\ncommitter ${WHO}\n\nmany\n`);
      writeFileSync(join(store, "refs/heads/many"), `${commit}\n`);
      const { status, stdout, stderr } = await patrol(["git", "."]);
      assert.equal(status, 1, stderr);
      assert.equal(stdout.match(/^File: /gm)?.length, 1);
    }),
  );

  test(
    "tags that lead to nothing: what they say is told all the same",
    leaking(async ({ git, patrol, store }) => {
      const head = git("rev-parse", "HEAD");
      const says = (seed: number) => `tagger ${WHO}\n\nkey ${crcToken(seed)}\n`;
      const tag = (target: string, type: string, seed: number) =>
        forge(store, "tag", `object ${target}\ntype ${type}\ntag t${seed}\n${says(seed)}`);
      const missing = "12".repeat(20);
      const inner = tag(missing, "commit", 701);
      const tags = [tag(inner, "tag", 702), tag(head, "unknown", 703), forge(store, "tag", says(704))];
      tags.forEach((id, i) => writeFileSync(join(store, `refs/tags/t${i}`), `${id}\n`));
      const { status, stdout, stderr } = await patrol(["git", ".", "--show-secrets"]);
      assert.equal(status, 2, stderr);
      for (const seed of [701, 702, 703, 704]) assert.match(stdout, new RegExp(crcToken(seed)));
      for (const id of [missing, tags[1], tags[2]]) assert.match(stderr, new RegExp(`not scanned: ${id}`));
    }),
  );

  test(
    "names of thousands of bytes, with line feeds and without UTF-8, are told with their finding",
    leaking(async ({ git, patrol, store }) => {
      const blob = Buffer.from(git("rev-parse", "HEAD:a.js"), "hex");
      const names = [Buffer.from("x".repeat(5000)), Buffer.from("new\nline"), Buffer.from("\xff\xfe", "latin1")];
      const commits = names.map((name) => {
        const tree = Buffer.concat([Buffer.from("100644 "), name, Buffer.from("\0"), blob]);
        const id = forge(store, "tree", tree);
        return forge(store, "commit", `tree ${id}\nauthor ${WHO}\ncommitter ${WHO}\n\nname\n`);
      });
      commits.forEach((commit, i) => {
        rmSync(join(store, "refs/heads/main"), { force: true });
        writeFileSync(join(store, `refs/heads/n${i}`), `${commit}\n`);
      });
      const { status, stdout, stderr } = await patrol(["git", "."]);
      assert.equal(status, 1, stderr);
      // As they are shown to people, where no name may begin a line of its own.
      const shown = [...stdout.matchAll(/^File: +(.*)$/gm)].map(([, name]) => name);
      assert.deepEqual(shown.sort(), ["new\ufffdline", "x".repeat(5000), "\ufffd\ufffd"]);
      assert.doesNotMatch(stdout + stderr, /[\0-\x08\x0b-\x1f]/);
    }),
  );
});

test(
  "refs that only a newer git reads are named with the way out, and nothing passes for clean",
  leaking(async ({ git, patrol }) => {
    const head = git("rev-parse", "HEAD");
    git("config", "core.repositoryFormatVersion", "1");
    git("config", "extensions.refStorage", "reftable");
    const push = { input: `refs/heads/main ${head} refs/heads/main ${"0".repeat(40)}\n` };
    for (const [args, options] of [
      [["git", "."]],
      [["git", "--staged", "."]],
      [["git", ".", "--log-opts=HEAD"]],
      [["hook", "run", "pre-commit"]],
      [["hook", "run", "pre-push", "origin", "x"], push],
    ] as const) {
      const { status, stderr } = await patrol(args, options);
      assert.equal(status, 2, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, /cannot list the refs of .*(?:reftable.* from 2\.45 on.*newer git|git show-ref)|git says/);
      assert.doesNotMatch(stderr, /no leaks/);
    }
  }),
);
