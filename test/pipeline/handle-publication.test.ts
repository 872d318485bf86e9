import assert from "node:assert/strict";
import { beforeEach, test } from "vitest";
import { PatrolError } from "../../src/model/errors.ts";
import type { Publication } from "../../src/model/push.ts";
import { authorize } from "../../src/pat/authorize.ts";
import { handlePublication } from "../../src/pipeline/handle-publication.ts";
import type { PushSource } from "../../src/sources/source.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { aPush, fileFragment, setScene, type Scene } from "../support/scene.ts";

describeOnBothDatabases("a repository that was made public", (db) => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await setScene(db());
  });

  const publication: Publication = { ...aPush(), exposure: "public" };

  /** A repository with these branches; of those that are `broken` no object comes, and what is huge can never be scanned. Notes what was asked for. */
  const source = (
    branches: Readonly<Record<string, string>>,
    broken: readonly string[],
    asked: string[],
  ): PushSource => ({
    heads: () =>
      Promise.resolve(Object.keys(branches).map((name) => ({ ref: `refs/heads/${name}`, object: "c".repeat(40) }))),
    async *fragments({ ref, before, forced, exposure }) {
      const name = ref.replace("refs/heads/", "");
      asked.push(name);
      assert.deepEqual([before, forced, exposure], [undefined, false, "public"]);
      if (name.startsWith("huge")) throw new PatrolError("limit-exceeded", `${name} is too much`);
      if (broken.includes(name)) throw new PatrolError("fetch-failed", `could not fetch ${name}`);
      yield fileFragment(branches[name] ?? "", asked.length);
      await Promise.resolve();
    },
  });

  test("is handled from its default branch on, and a branch that cannot be read holds up none of the others", async () => {
    const { secret } = await scene.mint();
    const asked: string[] = [];
    const branches = { a: "", broken: "", main: "", z: secret.reveal() };
    const river = scene.river([], { source: source(branches, ["broken"], asked) });
    await assert.rejects(handlePublication(publication, river), /could not fetch broken/);
    assert.deepEqual(asked, ["main", "a", "broken", "z"]);
    assert.equal(await authorize(scene.pat, secret), undefined);
    const whole = await handlePublication(publication, scene.river([], { source: source(branches, [], []) }));
    assert.deepEqual([whole.fragments, whole.bytes], [4, secret.reveal().length]);
  });

  test("comes back for a branch that may be read later, whatever can never be read of others", async () => {
    const asked: string[] = [];
    const branches = { huge1: "", huge2: "", huge3: "", late: "", main: "", z: "" };
    const river = (broken: readonly string[]) => scene.river([], { source: source(branches, broken, asked) });
    await assert.rejects(handlePublication(publication, river(["late"])), /could not fetch late/);
    assert.deepEqual(asked, ["main", "huge1", "huge2", "huge3", "late", "z"]);
    await assert.rejects(handlePublication(publication, river([])), /huge1 is too much/);
  });

  test("is given up for now when nothing of it can be read, or the process stops", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const branches = Object.fromEntries(names.map((name) => [name, ""]));
    const asked: string[] = [];
    const river = scene.river([], { source: source(branches, names, asked) });
    await assert.rejects(handlePublication(publication, river), /could not fetch a/);
    assert.deepEqual(asked, ["a", "b", "c"]);
    await assert.rejects(handlePublication(publication, river, AbortSignal.abort()), /could not fetch a/);
    assert.equal(asked.length, 4);
  });
});
