import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import type { RepositoryOptions } from "../../../src/github-stand-in/repository.ts";
import { GitHubStandIn } from "../../../src/github-stand-in/stand-in.ts";
import type { WorkingCopy } from "../../../src/github-stand-in/working-copy.ts";
import { fetchPush, holding, pushOf } from "../../support/fetched.ts";
import { startedRepository } from "../../support/started-repository.ts";

let standIn: GitHubStandIn;

beforeAll(async () => {
  standIn = await GitHubStandIn.start();
});

afterAll(async () => {
  await standIn.close();
});

const started = (options?: RepositoryOptions) => startedRepository(standIn, options);

const fetchOnly = async (copy: WorkingCopy, ...refspecs: string[]) => {
  const [push] = await copy.push(...refspecs);
  return { push: pushOf(push!), fetched: await fetchPush(standIn, pushOf(push!)) };
};

const MARKER = "find-me-marker";

describe("where content may hide in a push", () => {
  test("a file that one commit added and the next one removed is read", async () => {
    const { copy } = await started();
    await copy.write("config/secret.env", `KEY=${MARKER}\n`);
    const added = await copy.commit("add", { date: new Date("2026-01-02T03:04:05Z") });
    await copy.remove("config/secret.env");
    await copy.commit("remove");
    const { fetched, push } = await fetchOnly(copy, "main");
    const [fragment, ...others] = holding(fetched, MARKER, "file");
    assert.equal(others.length, 0);
    assert.equal(Buffer.from(fragment!.bytes).toString(), `KEY=${MARKER}\n`);
    assert.deepEqual(fragment!.provenance, {
      kind: "file",
      repository: push.repository,
      repositoryId: push.repositoryId,
      exposure: "public",
      ref: "refs/heads/main",
      commit: added,
      path: "config/secret.env",
      object: await copy.git("rev-parse", `${added}:config/secret.env`),
      author: { name: "Alice Example", email: "alice@acme.example" },
      authoredAt: new Date("2026-01-02T03:04:05Z"),
    });
  });

  test("content that was there before the push is not read again", async () => {
    const { copy } = await started();
    await copy.write("new.txt", MARKER);
    await copy.commit("second");
    const { fetched } = await fetchOnly(copy, "main");
    assert.deepEqual(
      fetched.fragments.map(({ provenance: { kind, path } }) => [kind, path]),
      [
        ["ref", undefined],
        ["commit-message", undefined],
        ["commit-message", undefined],
        ["path", "new.txt"],
        ["file", "new.txt"],
      ],
    );
  });

  test("what only a merge introduced is read, with the merge as its commit", async () => {
    const { copy } = await started();
    await copy.branch("side");
    await copy.write("side.txt", "side");
    await copy.commit("side");
    await copy.checkout("main");
    await copy.write("main.txt", "main");
    await copy.commit("main");
    await copy.mergeBegin("side");
    await copy.write("slipped-in.txt", MARKER);
    const merge = await copy.commit("merge");
    const { fetched } = await fetchOnly(copy, "main");
    assert.deepEqual(
      holding(fetched, MARKER).map(({ provenance }) => provenance.commit),
      [merge],
    );
  });

  test("an octopus merge and the conflict that it resolved are read", async () => {
    const { copy } = await started();
    const base = await copy.head();
    for (const name of ["one", "two", "three"]) {
      await copy.branch(name, base);
      await copy.write(`${name}.txt`, `${MARKER}-${name}`);
      await copy.commit(name);
    }
    await copy.checkout("main");
    await copy.mergeBegin("one", "two", "three");
    await copy.write("README.md", `${MARKER}-octopus`);
    const merge = await copy.commit("octopus");
    const { fetched } = await fetchOnly(copy, "main");
    for (const name of ["one", "two", "three"]) assert.equal(holding(fetched, `${MARKER}-${name}`).length, 1);
    assert.equal(holding(fetched, `${MARKER}-octopus`)[0]!.provenance.commit, merge);
  });

  test("commit messages, author names and branch names are read", async () => {
    const { copy } = await started();
    await copy.branch(`feature/${MARKER}-branch`);
    const commit = await copy.commit(`subject\n\nbody ${MARKER}-message\n`, {
      author: { name: `${MARKER}-name`, email: "x@y.example" },
    });
    const { fetched } = await fetchOnly(copy, "HEAD");
    const [message] = holding(fetched, `${MARKER}-message`, "commit-message");
    assert.equal(message!.provenance.object, commit);
    assert.equal(Buffer.from(message!.bytes).toString(), `subject\n\nbody ${MARKER}-message\n`);
    assert.equal(holding(fetched, `${MARKER}-name`, "commit-message")[0]!.provenance.object, undefined);
    assert.equal(holding(fetched, `${MARKER}-branch`, "ref").length, 1);
  });

  test("the message of an annotated tag is read, and that of a tag on a tag", async () => {
    const { copy } = await started();
    const commit = await copy.head();
    const tag = await copy.tag("v1", `${MARKER}-tag`);
    await copy.run(["tag", "--annotate", "--file=-", "v1-signed", "v1"], { input: `${MARKER}-outer` });
    await copy.git("push", "--quiet", "origin", "v1");
    const { fetched } = await fetchOnly(copy, "v1-signed");
    const [inner] = holding(fetched, `${MARKER}-tag`, "tag-message");
    assert.equal(inner!.provenance.object, tag);
    assert.equal(inner!.provenance.commit, commit);
    assert.equal(inner!.provenance.author?.email, "alice@acme.example");
    assert.equal(holding(fetched, `${MARKER}-outer`, "tag-message").length, 1);
  });

  test("tags that name a file or a tree are read", async () => {
    const { copy } = await started();
    const blob = (await copy.run(["hash-object", "-w", "--stdin"], { input: `${MARKER}-blob` })).toString().trim();
    await copy.git("tag", "a-file", blob);
    const tree = (await copy.run(["mktree"], { input: `100644 blob ${blob}\tin-${MARKER}-tree\n` })).toString().trim();
    await copy.git("tag", "a-tree", tree);
    const file = await fetchOnly(copy, "a-file");
    assert.equal(holding(file.fetched, `${MARKER}-blob`, "file").length, 1);
    const folder = await fetchOnly(copy, "a-tree");
    assert.equal(holding(folder.fetched, `in-${MARKER}-tree`, "path").length, 1);
    assert.equal(holding(folder.fetched, `${MARKER}-blob`, "file").length, 1);
  });

  test("path names are read: folders, empty folders, submodules, newlines and invalid UTF-8", async () => {
    const { copy } = await started();
    await copy.write(`folder-${MARKER}/plain.txt`, "plain");
    await copy.commit("folder");
    const blob = (await copy.run(["hash-object", "-w", "--stdin"], { input: "odd" })).toString().trim();
    const empty = (await copy.run(["mktree"], { input: "" })).toString().trim();
    const tree = (
      await copy.run(["mktree", "-z", "--missing"], {
        input: Buffer.concat([
          Buffer.from(`100644 blob ${blob}\tline\nbreak-${MARKER}\0`),
          Buffer.from(`100644 blob ${blob}\t`),
          Buffer.from([0xff, 0xfe]),
          Buffer.from(`${MARKER}\0`),
          Buffer.from(`040000 tree ${empty}\tempty-${MARKER}\0`),
          Buffer.from(`160000 commit ${"1".repeat(40)}\tmodule-${MARKER}\0`),
        ]),
      })
    )
      .toString()
      .trim();
    const commit = await copy.git("commit-tree", "-p", "HEAD", "-m", "odd", tree);
    const { fetched } = await fetchOnly(copy, `${commit}:refs/heads/main`);
    assert.deepEqual(
      new Set(holding(fetched, MARKER, "path").map(({ provenance }) => provenance.path)),
      new Set([
        `folder-${MARKER}/plain.txt`,
        `line\nbreak-${MARKER}`,
        `\ufffd\ufffd${MARKER}`,
        `empty-${MARKER}`,
        `module-${MARKER}`,
      ]),
    );
    assert.ok(fetched.fragments.some(({ bytes }) => bytes[0] === 0xff && bytes[1] === 0xfe));
    assert.deepEqual(fetched.skipped, []);
  });

  test("the target of a symbolic link is read", async () => {
    const { copy } = await started();
    await copy.link("link", `/nowhere/${MARKER}`);
    await copy.commit("link");
    const { fetched } = await fetchOnly(copy, "main");
    assert.equal(holding(fetched, MARKER, "file")[0]!.provenance.path, "link");
  });

  test("a push of 300 commits is read whole, with two requests to the server and no more", async () => {
    const { repository, copy } = await started();
    await copy.commits(300, (number) => ({
      message: `many ${number}`,
      path: `file-${number % 100}.txt`,
      content: `${MARKER} ${number}`,
    }));
    const [push] = await copy.push("main");
    const before = standIn.gitRequests.length;
    const fetched = await fetchPush(standIn, pushOf(push!));
    assert.equal(holding(fetched, MARKER, "file").length, 300);
    assert.equal(holding(fetched, "many ", "commit-message").length, 300);
    const requests = standIn.gitRequests.slice(before).filter((each) => each.repository === repository.fullName);
    assert.equal(requests.filter((each) => each.service === "git-upload-pack").length, 2);
  });

  test("a SHA-256 repository is read like any other", async () => {
    const { copy } = await started({ objectFormat: "sha256" });
    await copy.write("secret.txt", MARKER);
    const commit = await copy.commit("add");
    const { fetched } = await fetchOnly(copy, "main");
    assert.equal(commit.length, 64);
    assert.equal(holding(fetched, MARKER, "file")[0]!.provenance.commit, commit);
  });
});
