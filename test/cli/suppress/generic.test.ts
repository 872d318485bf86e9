import assert from "node:assert/strict";
import { test } from "vitest";
import { withoutShadowed } from "../../../src/cli/suppress/generic.ts";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import { Secret } from "../../../src/model/secret.ts";

test("a generic rule's finding goes where a secret of the same line holds its own, and nowhere else", () => {
  const random = seededRandom(3);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const made = (): Candidate =>
    ({
      rule: { id: pick(["one", "my-Generic-key", "two"]) },
      secret: new Secret(pick(["a", "ab", "b\0a", "b", "ba", "\0", "bab", "a\0b"])),
      span: { startLine: pick([1, 2]) },
    }) as unknown as Candidate;
  const isGeneric = ({ rule }: Candidate) => rule.id === "my-Generic-key";
  for (let round = 0; round < 300; round++) {
    const all = Array.from({ length: 1 + Math.floor(random() * 5) }, made);
    const shadowed = (one: Candidate) =>
      isGeneric(one) &&
      all.some(
        (other) =>
          !isGeneric(other) &&
          other.span.startLine === one.span.startLine &&
          other.secret.reveal().includes(one.secret.reveal()),
      );
    assert.deepEqual(
      withoutShadowed(all).map((one) => all.indexOf(one)),
      all.flatMap((one, at) => (shadowed(one) ? [] : [at])),
    );
  }
});
