import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "vitest";
import { PatrolError } from "../../src/model/errors.ts";
import { seal, unseal } from "../../src/tokens/seal.ts";

const pepper = (id: string) => ({ id, key: randomBytes(32) });
const [old, fresh] = [pepper("2025"), pepper("2026")];
const text = Buffer.from("a ref that is a token");

const code = (expected: string) => (error: unknown) => error instanceof PatrolError && error.code === expected;

test("what was sealed comes back, also after the peppers were rotated", () => {
  const sealed = seal([old], "purpose", "context", text);
  assert.ok(!sealed.includes(text));
  assert.deepEqual(unseal([fresh, old], "purpose", "context", sealed), text);
});

test("the same bytes sealed twice look different", () => {
  assert.notDeepEqual(seal([old], "purpose", "context", text), seal([old], "purpose", "context", text));
});

test("a changed byte anywhere, another context or another purpose does not open", () => {
  const sealed = seal([old], "purpose", "context", text);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => unseal([old], "purpose", "context", changed), PatrolError);
    assert.throws(() => unseal([old], "purpose", "context", sealed.subarray(0, at)), PatrolError);
  }
  assert.throws(() => unseal([old], "purpose", "elsewhere", sealed), code("internal"));
  assert.throws(() => unseal([old], "elsewhere", "context", sealed), code("internal"));
});

test("a pepper that was dropped is named", () => {
  const sealed = seal([old], "purpose", "context", text);
  assert.throws(() => unseal([fresh], "purpose", "context", sealed), /"2025".*PATROL_PEPPERS/);
});
