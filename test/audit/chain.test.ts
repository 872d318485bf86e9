import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { GENESIS, type Head, type Link, link, verifyChain } from "../../src/audit/chain.ts";
import { SYSTEM, toEvent } from "../../src/audit/event.ts";

const organizationId = "6f8f3c1e-0000-4000-8000-000000000001";
const scope = { organizationId, organization: "acme" };

function chain(names: readonly string[], in_ = scope): Link[] {
  let head: Head = GENESIS;
  return names.map((name, index) => {
    const draft = { actionId: "Token.PatCreateEvent", actor: SYSTEM, at: new Date(index), data: { DisplayName: name } };
    const next = link(head, toEvent({ ...draft, actionId: "Token.PatCreateEvent" }, in_, index + 1, `id-${index}`));
    head = next;
    return next;
  });
}

const verify = (links: readonly Link[], expected?: Head) => verifyChain(links, { organizationId, expected });
const names = fc.array(fc.string({ unit: "grapheme" }), { minLength: 2, maxLength: 12 });
const at = fc.nat();

test("a chain as it was written holds, also after an export", () => {
  fc.assert(
    fc.property(names, (all) => {
      const links = chain(all);
      assert.deepEqual(verify(links), {
        ok: true,
        events: all.length,
        head: { seq: all.length, hash: links.at(-1)?.hash },
      });
    }),
  );
});

test("an edit, a removal, an insertion and a swap are each found where they were made", () => {
  fc.assert(
    fc.property(names, at, fc.constantFrom("edit", "remove", "insert", "swap"), (all, anywhere, tampering) => {
      const links = chain(all);
      const end = links.at(-1);
      const index = anywhere % (links.length - (tampering === "swap" ? 1 : 0));
      const one = links[index] as Link;
      if (tampering === "edit") links[index] = { ...one, record: one.record.replace("created", "revoked") };
      if (tampering === "remove") links.splice(index, 1);
      if (tampering === "insert") links.splice(index, 0, one);
      if (tampering === "swap") links.splice(index, 2, links[index + 1] as Link, one);
      const check = verify(links, end);
      assert.ok(!check.ok);
      assert.equal(check.brokenAt, index + (tampering === "insert" ? 2 : 1));
    }),
  );
});

test("what is cut off the end is found by the head", () => {
  const links = chain(["a", "b", "c"]);
  assert.ok(verify(links.slice(0, 2)).ok);
  const check = verify(links.slice(0, 2), links[2]);
  assert.deepEqual([check.ok, !check.ok && check.brokenAt], [false, 3]);
});

test("an edit with all later hashes made anew is found by the head", () => {
  const check = verify(chain(["a", "x", "c"]), chain(["a", "b", "c"]).at(-1));
  assert.equal(check.ok, false);
});

test("the chain of another organization does not pass for this one's", () => {
  const other = chain(["a"], { organizationId: "6f8f3c1e-0000-4000-8000-000000000002", organization: "other" });
  assert.deepEqual(verify(other).ok, false);
});
