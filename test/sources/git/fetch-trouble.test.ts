import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { PatrolError } from "../../../src/model/errors.ts";
import { Secret } from "../../../src/model/secret.ts";
import { GitHubStandIn } from "../../../src/github-stand-in/stand-in.ts";
import { createGitPushSource } from "../../../src/sources/git/fetch/fetch.ts";
import { fetchPush, holding, MemoryLedger, pushOf } from "../../support/fetched.ts";
import { temporaryFolder } from "../../support/postgres.ts";
import { startedRepository } from "../../support/started-repository.ts";

let standIn: GitHubStandIn;
const temporary = temporaryFolder("patrol-fetch-test-");

beforeAll(async () => {
  standIn = await GitHubStandIn.start();
});

afterAll(async () => {
  await standIn.close();
  assert.deepEqual(readdirSync(temporary), [], "every temporary repository is removed");
});

const MARKER = "find-me-marker";

async function pushed(options: { visibility?: "public" | "private" } = {}) {
  const { repository, copy } = await startedRepository(standIn, options);
  await copy.write("one.txt", `${MARKER}-one`);
  await copy.write("two.txt", `${MARKER}-two`);
  await copy.write("three.txt", `${MARKER}-three`);
  await copy.commit("content");
  const [push] = await copy.push("main");
  return { repository, copy, push: pushOf(push!) };
}

const codeIs = (code: string) => (error: unknown) => {
  assert.ok(error instanceof PatrolError);
  assert.equal(error.code, code);
  return true;
};

describe("a server in trouble", () => {
  test("a repository that is gone is called gone, and any other error comes back later", async () => {
    const { repository, push } = await pushed();
    for (const [status, code] of [
      [404, "repository-gone"],
      [403, "repository-gone"],
      [500, "fetch-failed"],
      [429, "fetch-failed"],
    ] as const) {
      repository.trouble = { status };
      await assert.rejects(fetchPush(standIn, push, { temporaryFolder: temporary }), codeIs(code), String(status));
    }
    repository.trouble = undefined;
    assert.equal(holding(await fetchPush(standIn, push, { temporaryFolder: temporary }), MARKER).length, 3);
  });

  test("the refs of a repository are asked for in the same way: gone, an error, never answered, moved", async () => {
    const { repository, push } = await pushed();
    const sourceWith = (limits = {}) =>
      createGitPushSource({
        cloneUrl: () => `${standIn.url}/${repository.fullName}.git`,
        limits,
        temporaryFolder: temporary,
      });
    const source = sourceWith();
    const publication = { ...push, exposure: "public" } as const;
    repository.trouble = { status: 404 };
    await assert.rejects(source.heads(publication), codeIs("repository-gone"));
    repository.trouble = { status: 500 };
    await assert.rejects(source.heads(publication), codeIs("fetch-failed"));
    repository.trouble = { hang: true };
    await assert.rejects(sourceWith({ fetchMs: 300 }).heads(publication), /time limit/);
    repository.trouble = undefined;
    assert.deepEqual(await source.heads(publication), [{ ref: "refs/heads/main", object: push.after }]);
    const renamed = await standIn.createRepository("acme/renamed-since");
    renamed.trouble = { movedTo: `${standIn.url}/${repository.fullName}.git` };
    const tokenFor = async () => new Secret("a token of twenty characters");
    for (const more of [{}, { tokenFor }]) {
      const moved = createGitPushSource({
        cloneUrl: () => `${standIn.url}/${renamed.fullName}.git`,
        temporaryFolder: temporary,
        ...more,
      });
      assert.equal((await moved.heads(publication)).length, 1);
    }
  });

  test("a server that never answers is left after the time limit", async () => {
    const { repository, push } = await pushed();
    repository.trouble = { hang: true };
    const limits = { fetchMs: 300 };
    await assert.rejects(
      fetchPush(standIn, push, { limits, temporaryFolder: temporary }),
      (error) => codeIs("fetch-failed")(error) && /time limit/.test((error as Error).message),
    );
  });

  test("a clock that jumps ahead while git fetches takes nothing of the time that it has", async () => {
    const { push } = await pushed();
    vi.useFakeTimers({ toFake: ["Date"] });
    const jumping = setInterval(() => vi.setSystemTime(Date.now() + 3_600_000), 1);
    try {
      assert.equal(holding(await fetchPush(standIn, push, { temporaryFolder: temporary }), MARKER).length, 3);
    } finally {
      clearInterval(jumping);
      vi.useRealTimers();
    }
  });

  test("a server that is not there", async () => {
    const { push } = await pushed();
    await assert.rejects(
      fetchPush(standIn, push, { cloneUrl: () => "http://127.0.0.1:1/a/b.git", temporaryFolder: temporary }),
      (error) => codeIs("fetch-failed")(error) && /could not be reached/.test((error as Error).message),
    );
  });

  test("a server that sends git to another protocol is not followed", async () => {
    const { repository, push } = await pushed();
    const called: string[] = [];
    const other = createServer((socket) => {
      called.push("somebody came");
      socket.destroy();
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    for (const protocol of ["https", "ftp", "ftps", "git", "ssh", "file", "ext"]) {
      repository.trouble = { movedTo: `${protocol}://127.0.0.1:${port}/${repository.fullName}.git` };
      await assert.rejects(fetchPush(standIn, push, { temporaryFolder: temporary }), codeIs("fetch-failed"), protocol);
    }
    other.close();
    assert.deepEqual(called, []);
  });

  test("a push that outgrows the disk limit is stopped", async () => {
    const { copy } = await startedRepository(standIn);
    await copy.write("big", randomBytes(1_000_000));
    await copy.commit("big");
    const [push] = await copy.push("main");
    const limits = { diskBytes: 500_000 };
    await assert.rejects(
      fetchPush(standIn, pushOf(push!), { limits, temporaryFolder: temporary }),
      (error) => codeIs("fetch-failed")(error) && /disk limit/.test((error as Error).message),
    );
  });

  test("a server that fails in the middle of many files has sent some, and is not asked for them again", async () => {
    const FILES = 700;
    const { repository, copy } = await startedRepository(standIn);
    for (let count = 0; count < FILES; count++) await copy.write(`${count}.txt`, `${MARKER}-${count}`);
    await copy.commit("many");
    const [push] = await copy.push("main");
    const source = createGitPushSource({
      cloneUrl: () => `${standIn.url}/${repository.fullName}.git`,
      temporaryFolder: temporary,
    });
    const scanned = new Set<string>();
    const fetchAll = async (more: () => void) => {
      let files = 0;
      for await (const { provenance } of source.fragments(pushOf(push!), {
        alreadyClean: async (ids) => new Set(ids.filter((id) => scanned.has(id))),
        scannedHeads: async () => new Set(),
        reached: () => {},
        skipped: () => {},
      })) {
        if (provenance.kind !== "file") continue;
        more();
        files += 1;
        scanned.add(provenance.object!);
      }
      return files;
    };
    await assert.rejects(
      fetchAll(() => (repository.trouble = { status: 500 })),
      codeIs("fetch-failed"),
    );
    repository.trouble = undefined;
    assert.ok(scanned.size > 0 && scanned.size < FILES, `${scanned.size} files came`);
    assert.equal(scanned.size + (await fetchAll(() => {})), FILES);
  });

  test("a push is fetched also after somebody cleared away the folder for it", async () => {
    const { push } = await pushed();
    const cleared = join(temporaryFolder("patrol-fetch-test-"), "fetch", "4242");
    assert.equal(holding(await fetchPush(standIn, push, { temporaryFolder: cleared }), MARKER).length, 3);
    assert.equal(statSync(cleared).mode & 0o777, 0o700, "what is fetched is for this user alone");
  });

  test("a lost or damaged object is reported, and the rest is read", async () => {
    for (const harm of ["loseObjects", "damageObject"] as const) {
      const { repository, copy, push } = await pushed();
      await repository[harm](await copy.git("rev-parse", "HEAD:two.txt"));
      // What was there before is known, so that what came can be known as a whole.
      const ledger = new MemoryLedger();
      ledger.heads.add(push.before ?? "");
      const fetched = await fetchPush(standIn, push, { temporaryFolder: temporary, ledger });
      assert.equal(holding(fetched, `${MARKER}-one`, "file").length, 1);
      assert.equal(holding(fetched, `${MARKER}-three`, "file").length, 1);
      assert.deepEqual(fetched.reached, [], "who comes again must find it unscanned");
      assert.deepEqual(
        fetched.skipped.map(({ what }) => what.split(" (")[0]),
        ["file two.txt"],
      );
    }
  });

  test("a push that is stopped midway leaves no folder and no process behind", async () => {
    const { push } = await pushed();
    const source = createGitPushSource({
      cloneUrl: () => `${standIn.url}/${push.repository}.git`,
      temporaryFolder: temporary,
    });
    const none = async () => new Set<string>();
    const options = { alreadyClean: none, scannedHeads: none, reached: () => {}, skipped: () => {} };
    let count = 0;
    for await (const _ of source.fragments(push, options)) if (++count === 3) break;
    assert.deepEqual(readdirSync(temporary), []);
    const stop = new AbortController();
    await assert.rejects(async () => {
      for await (const _ of source.fragments(push, { ...options, signal: stop.signal })) stop.abort();
    }, codeIs("fetch-failed"));
    assert.deepEqual(readdirSync(temporary), []);
  });
});

describe("a repository that means harm", () => {
  test("content is never lazily fetched: the same few requests however much there is", async () => {
    const { repository, copy } = await startedRepository(standIn);
    for (let n = 0; n < 200; n += 1) await copy.write(`many/${n}.txt`, `${MARKER} ${n}`);
    await copy.commit("many");
    const [push] = await copy.push("main");
    const before = standIn.gitRequests.length;
    assert.equal(holding(await fetchPush(standIn, pushOf(push!)), MARKER, "file").length, 200);
    const requests = standIn.gitRequests.slice(before).filter((each) => each.repository === repository.fullName);
    assert.equal(requests.filter((each) => each.service === "git-upload-pack").length, 2);
  });

  test("objects that git's own check refuses are read all the same", async () => {
    const { copy, repository } = await startedRepository(standIn);
    await repository.git("config", "receive.fsckObjects", "false");
    const blob = async (input: string) =>
      (await copy.run(["hash-object", "-w", "--stdin"], { input })).toString().trim();
    const modules = await blob('[submodule "x"]\n\tpath = x\n\turl = --upload-pack=touch /tmp/owned\n');
    const secret = await blob(MARKER);
    const entry = (name: string, id: string, mode = "100644") =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]);
    const tree = (
      await copy.run(["hash-object", "-t", "tree", "-w", "--stdin", "--literally"], {
        input: Buffer.concat([
          entry("zz-unsorted", secret),
          entry(".gitmodules", modules),
          entry(".git", secret),
          entry("..", secret),
        ]),
      })
    )
      .toString()
      .trim();
    const head = await copy.head();
    const commit = (
      await copy.run(["hash-object", "-t", "commit", "-w", "--stdin", "--literally"], {
        input: `tree ${tree}\nparent ${head}\nauthor no address at all\ncommitter x <y> later\nodd ${MARKER}-header\n\n${MARKER}-message`,
      })
    )
      .toString()
      .trim();
    const [push] = await copy.push(`${commit}:refs/heads/main`);
    const fetched = await fetchPush(standIn, pushOf(push!), { temporaryFolder: temporary });
    assert.deepEqual(
      new Set(holding(fetched, MARKER, "file").map(({ provenance }) => provenance.path)),
      new Set(["zz-unsorted", ".git", ".."]),
    );
    assert.equal(holding(fetched, "--upload-pack", "file").length, 1);
    assert.equal(holding(fetched, `${MARKER}-header`).length, 1);
    assert.equal(holding(fetched, `${MARKER}-message`).length, 1);
    assert.deepEqual(fetched.skipped, []);
  });

  test("a file above the limit is reported with its place, and the rest is read", async () => {
    const { push } = await pushed();
    const limits = { blobBytes: `${MARKER}-one`.length };
    const fetched = await fetchPush(standIn, push, { limits, temporaryFolder: temporary });
    assert.deepEqual(
      fetched.skipped.map(({ what }) => what.split(" (")[0]),
      ["file three.txt"],
    );
    assert.equal(holding(fetched, MARKER, "file").length, 2);
  });

  test("a head that is no object id never reaches git", async () => {
    const { push } = await pushed();
    for (const after of ["--upload-pack=touch /tmp/owned", "HEAD", `${"a".repeat(40)}\n`, "A".repeat(40)])
      await assert.rejects(fetchPush(standIn, { ...push, after }), codeIs("payload-invalid"));
  });

  test("a ref with any text in it is content, and no part of a command", async () => {
    const { push } = await pushed();
    const ref = "refs/heads/$(touch /tmp/owned)\n--exec=x";
    const fetched = await fetchPush(standIn, { ...push, ref }, { temporaryFolder: temporary });
    assert.equal(holding(fetched, "--exec=x", "ref").length, 1);
    assert.equal(holding(fetched, MARKER, "file").length, 3);
  });
});

describe("access", () => {
  test("a private repository is read with a token, which stands in no message", async () => {
    const { push } = await pushed({ visibility: "private" });
    const wrong = "not-the-token";
    await assert.rejects(
      fetchPush(standIn, push, { tokenFor: async () => new Secret(wrong), temporaryFolder: temporary }),
      (error) => codeIs("repository-gone")(error) && !String((error as Error).stack).includes(wrong),
    );
    await assert.rejects(fetchPush(standIn, push, { temporaryFolder: temporary }), codeIs("repository-gone"));
  });
});
