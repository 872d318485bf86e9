import assert from "node:assert/strict";
import { test } from "vitest";
import { lastNameOf } from "../../src/engine/path-names.ts";
import { compileRe2 } from "../../src/engine/re2.ts";

const nameOf = (path: string) => lastNameOf({ id: "a", path });

test("the end of a path's pattern tells which names a file may have", () => {
  const key = nameOf(String.raw`(?i)(?:^|\/)[^\/]+\.p(?:12|fx)$`);
  for (const name of ["a.p12", "B.PFX", "a b.pfx"]) assert.ok(key?.test(name), name);
  for (const name of [".p12", "a.p12x", "a.txt", "p12"]) assert.ok(!key?.test(name), name);
  assert.ok(nameOf(String.raw`(^|/)keys/[^/]*\.pem$`)?.test("x.pem"));
  assert.ok(nameOf("secrets/id_rsa$")?.test("id_rsa"));
});

test("a path's pattern that fits any name tells nothing of it", () => {
  for (const path of ["secrets/", "^secrets/.*$", "id_rsa", "(?m)id$", "a$|b", "^$", "(a|b/c)$"]) {
    assert.equal(nameOf(path), undefined, path);
  }
  assert.equal(lastNameOf({ id: "a" }), undefined);
});

test("no path that a rule applies to has a last name that the pattern leaves out", () => {
  const patterns = [
    String.raw`\.p(?:12|fx)$`,
    "(^|/)[^/]+e?y$",
    "a/b[^/]*c$",
    "x?/(k|ey){1,2}$",
    "[^a]y$",
    "(?i)K.?Y$",
  ];
  const parts = ["a", "b", "c", "x", "k", "ey", "/", ".p12", "y", "K"];
  let seed = 7;
  const draw = (count: number) => (seed = (seed * 48271) % 2147483647) % count;
  const rules = patterns.map((pattern) => ({ pattern, whole: compileRe2(pattern, "a"), name: nameOf(pattern) }));
  let applied = 0;
  for (let i = 0; i < 2000; i++) {
    const path = Array.from({ length: 1 + draw(6) }, () => parts[draw(parts.length)]).join("");
    const last = path.slice(path.lastIndexOf("/") + 1);
    for (const { pattern, whole, name } of rules) {
      if (!whole.test(path)) continue;
      applied++;
      assert.ok(name === undefined || name.test(last), `${pattern} ${path}`);
    }
  }
  assert.ok(applied > 500, String(applied));
});
