import assert from "node:assert/strict";
import { test } from "vitest";
import type { Rule } from "../../src/model/rule.ts";
import { appliesToPath } from "../../src/engine/path.ts";
import { askedPaths, lastNameOf } from "../../src/engine/path-names.ts";
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

test("a path is asked for where a rule for paths alone applies to it, be it by its last name or by a folder, and nowhere else", () => {
  const only = ["(?i)(?:^|/)[^/]+\\.p(?:12|fx)$", "^secrets/", String.raw`\pL\.key$`, "caf\u00e9$"].map(
    (path, index) => ({
      ...({ id: `r${index}`, pattern: "", path, keywords: [] } as unknown as Rule),
    }),
  );
  const other = { id: "other", pattern: "x", path: "\\.txt$", keywords: [] } as unknown as Rule;
  const asks = askedPaths({ rules: [...only, other] });
  const paths = [
    "a.p12",
    "x/B.PFX",
    "x/.p12",
    "a.p12/b",
    "secrets/a",
    "x/secrets/a",
    "a.key",
    "\u00e9.key",
    "caf\u00e9",
    "x/caf\u00e9",
    "cafe",
    "a.txt",
    "a",
  ];
  for (const path of paths) {
    const applies = only.some((rule) => appliesToPath(rule, path));
    assert.equal(asks(path), applies, path);
  }
  assert.ok(paths.some(asks) && !paths.every(asks));
  assert.equal(askedPaths({ rules: [other] })("a.txt"), false);
});
