import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import { GitHubStandIn } from "../../../src/github-stand-in/stand-in.ts";
import { fetchPush, holding, MemoryLedger, pushOf } from "../../support/fetched.ts";
import { startedRepository } from "../../support/started-repository.ts";

let standIn: GitHubStandIn;

beforeAll(async () => {
  standIn = await GitHubStandIn.start();
});

afterAll(async () => {
  await standIn.close();
});

const MARKER = "find-me-marker";

describe("which commits a push made reachable", () => {
  test("a forced push is read on both sides: what it brought and what it took away", async () => {
    const { copy } = await startedRepository(standIn);
    const base = await copy.head();
    await copy.write("old-side.txt", `${MARKER}-old`);
    const old = await copy.commit("old side");
    await copy.push("main");
    await copy.git("reset", "--quiet", "--hard", base);
    await copy.write("new-side.txt", `${MARKER}-new`);
    await copy.commit("new side");
    const [push] = await copy.forcePush("main");
    assert.equal(pushOf(push!).forced, true);
    const fetched = await fetchPush(standIn, pushOf(push!));
    assert.equal(holding(fetched, `${MARKER}-new`, "file").length, 1);
    assert.equal(holding(fetched, `${MARKER}-old`, "file")[0]!.provenance.commit, old);
    assert.equal(holding(fetched, "old content").length, 0);

    const ledger = new MemoryLedger();
    ledger.heads.add(old);
    const again = await fetchPush(standIn, pushOf(push!), { ledger });
    assert.equal(holding(again, `${MARKER}-new`, "file").length, 1);
    assert.equal(holding(again, `${MARKER}-old`, "file").length, 0);
  });

  test("a forced push back to an older commit, with no commit of its own, is read", async () => {
    const { copy } = await startedRepository(standIn);
    const base = await copy.head();
    await copy.write("panic.txt", MARKER);
    await copy.commit("oops");
    await copy.push("main");
    const [push] = await copy.forcePush(`${base}:refs/heads/main`);
    assert.equal(push!.delivery!.payload.commits.length, 0);
    assert.equal(holding(await fetchPush(standIn, pushOf(push!)), MARKER, "file").length, 1);
  });

  test("a head that the server has cleaned away makes the range wider, and is reported", async () => {
    const { repository, copy } = await startedRepository(standIn);
    const base = await copy.head();
    await copy.write("lost.txt", "lost");
    const lost = await copy.commit("lost");
    await copy.push("main");
    await copy.git("reset", "--quiet", "--hard", base);
    await copy.write("kept.txt", MARKER);
    await copy.commit("kept");
    const [push] = await copy.forcePush("main");
    await repository.loseObjects(lost);
    const fetched = await fetchPush(standIn, pushOf(push!));
    assert.equal(holding(fetched, MARKER, "file").length, 1);
    assert.equal(holding(fetched, "old content", "file").length, 1);
    assert.deepEqual(fetched.skipped, [
      { what: `commit ${lost}`, why: "the server no longer has the head that this push replaced" },
    ]);
  });

  test("the first branch of a repository is read from its root commit on, and then never again", async () => {
    const repository = await standIn.createRepository("acme/first-branch");
    const copy = await standIn.workingCopy(repository);
    await copy.write("root.txt", `${MARKER}-root`);
    await copy.commit("root");
    await copy.commits(60, (n) => ({ message: `c ${n}`, path: `f-${n}.txt`, content: `${MARKER} ${n}` }));
    const [push] = await copy.push("main");
    const ledger = new MemoryLedger();
    const fetched = await fetchPush(standIn, pushOf(push!), { ledger });
    assert.equal(holding(fetched, MARKER, "file").length, 61);
    assert.equal(fetched.reached.length, 61);
    assert.deepEqual(
      (await fetchPush(standIn, pushOf(push!), { ledger })).fragments.map(({ provenance }) => provenance.kind),
      ["ref"],
    );
  });

  test("a branch that begins in scanned history is read down to there, whatever the payload counts", async () => {
    const { copy } = await startedRepository(standIn);
    await copy.commits(80, (n) => ({ message: `m ${n}`, path: `m-${n}.txt`, content: `main ${n}` }));
    const ledger = new MemoryLedger();
    const scanned = await copy.git("rev-parse", "HEAD~60");
    ledger.heads.add(scanned);
    await copy.push("main");
    await copy.branch("topic");
    await copy.write("topic.txt", MARKER);
    await copy.commit("topic");
    const [push] = await copy.push("topic");
    assert.equal(pushOf(push!).commitCount, 1);
    const fetched = await fetchPush(standIn, pushOf(push!), { ledger });
    assert.equal(holding(fetched, MARKER, "file").length, 1);
    assert.equal(holding(fetched, "main ", "file").length, 60);
    assert.equal(fetched.reached.length, 61);
  });

  test("a branch created where nobody ever scanned is read to the beginning, newest part first", async () => {
    const { copy } = await startedRepository(standIn);
    await copy.commits(120, (n) => ({ message: `m ${n}`, path: `m-${n}.txt`, content: `main ${n}.` }));
    await copy.push("main");
    const [push] = await copy.push("HEAD:refs/heads/copy");
    assert.equal(pushOf(push!).commitCount, 0);
    const fetched = await fetchPush(standIn, pushOf(push!));
    const files = fetched.fragments.filter(({ provenance }) => provenance.kind === "file");
    assert.equal(files.length, 121);
    assert.ok(Number(/m-(\d+)/.exec(files[0]!.provenance.path!)![1]) > 90);
  });

  test("a deleted branch is read unless its head was scanned", async () => {
    const { copy } = await startedRepository(standIn);
    await copy.branch("doomed");
    await copy.write("doomed.txt", MARKER);
    await copy.commit("doomed");
    await copy.push("doomed");
    const [push] = await copy.push(":doomed");
    assert.equal(pushOf(push!).after, undefined);
    const ledger = new MemoryLedger();
    assert.equal(holding(await fetchPush(standIn, pushOf(push!), { ledger }), MARKER, "file").length, 1);
    assert.deepEqual(
      (await fetchPush(standIn, pushOf(push!), { ledger })).fragments.map(({ provenance }) => provenance.kind),
      ["ref"],
    );
  });

  test("a merge of a branch that began long ago brings that branch, not the history before it", async () => {
    const { copy } = await startedRepository(standIn);
    await copy.branch("topic");
    await copy.write("topic.txt", MARKER);
    await copy.commit("topic");
    await copy.checkout("main");
    await copy.commits(90, (n) => ({ message: `m ${n}`, path: `m-${n}.txt`, content: `main ${n}.` }));
    await copy.push("main");
    await copy.mergeBegin("topic");
    await copy.commit("merge");
    const [push] = await copy.push("main");
    const fetched = await fetchPush(standIn, pushOf(push!));
    assert.equal(holding(fetched, MARKER, "file").length, 1);
    assert.equal(holding(fetched, "main ", "file").length, 0);
    assert.equal(holding(fetched, "old content").length, 0);
  });
});

describe("the ledger", () => {
  test("a clean file is not read again; a dirty one is, at its new place and with its new commit", async () => {
    const { copy } = await startedRepository(standIn);
    await copy.write("clean.txt", "clean content");
    await copy.write("dirty.txt", MARKER);
    await copy.commit("first time");
    const ledger = new MemoryLedger();
    const isDirty = ({ bytes }: { bytes: Uint8Array }) => Buffer.from(bytes).includes(MARKER);
    const [first] = await copy.push("main");
    await fetchPush(standIn, pushOf(first!), { ledger, isDirty });
    await copy.write("copies/clean.txt", "clean content");
    await copy.write("copies/dirty.txt", MARKER);
    const commit = await copy.commit("second time");
    const [second] = await copy.push("main");
    const fetched = await fetchPush(standIn, pushOf(second!), { ledger, isDirty });
    assert.deepEqual(
      fetched.fragments
        .filter(({ provenance }) => provenance.kind === "file")
        .map(({ provenance }) => [provenance.path, provenance.commit]),
      [["copies/dirty.txt", commit]],
    );
  });

  test("a push whose files are all known costs one request for history and none for content", async () => {
    const { repository, copy } = await startedRepository(standIn);
    await copy.write("a.txt", "same");
    await copy.commit("a");
    const ledger = new MemoryLedger();
    const [first] = await copy.push("main");
    await fetchPush(standIn, pushOf(first!), { ledger });
    await copy.write("b.txt", "same");
    await copy.commit("b");
    const [second] = await copy.push("main");
    const before = standIn.gitRequests.length;
    await fetchPush(standIn, pushOf(second!), { ledger });
    const requests = standIn.gitRequests.slice(before).filter((each) => each.repository === repository.fullName);
    assert.equal(requests.filter((each) => each.service === "git-upload-pack").length, 1);
  });
});
