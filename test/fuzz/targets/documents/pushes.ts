// What git and a forge say of a push.
import { readUpdates } from "../../../../src/cli/hook/updates.ts";
import { parsePush } from "../../../../src/http/github/push-payload.ts";
import { parseSignature } from "../../../../src/http/github/signature.ts";
import { jsonFault, parseJson } from "../../../../src/http/parse-json.ts";
import { hold, PLANTED, refusal } from "../../target.ts";
import { nested, type Document } from "./document.ts";

const PUSH = JSON.stringify({
  ref: "refs/heads/main",
  before: "0".repeat(40),
  after: "a".repeat(40),
  commits: [{ id: "a" }],
  repository: { id: 1, full_name: "owner/name", private: false, default_branch: "main" },
  installation: { id: 7 },
});

export const PUSHES: Readonly<Record<string, Document>> = {
  "hook-updates": {
    read(text) {
      for (const type of ["pre-push", "pre-receive"] as const) {
        for (const { ref, old } of refusal(() => readUpdates(text, type)) ?? [])
          hold(ref !== "" && /^[0-9a-f]+$/.test(old), () => "an update of nothing");
      }
    },
    seeds: [
      `refs/heads/main ${"a".repeat(40)} refs/heads/main ${"0".repeat(40)}\n`,
      `${"0".repeat(40)} ${"b".repeat(40)} refs/heads/a b\n`,
    ],
    words: [" ", "\n", "refs/", "0".repeat(40), "a".repeat(64), "\r"],
  },
  webhook: {
    read(text, bytes) {
      refusal(() => parseSignature(text));
      const at = jsonFault(text);
      hold(at >= 0 && at <= text.length, () => `a fault at ${at} of ${text.length}`);
      const json = refusal(() => parseJson(bytes));
      const push = json === undefined ? undefined : refusal(() => parsePush(json));
      if (push !== undefined) hold(/^[\w.-]+\/[\w.-]+$/.test(push.repository), () => `a repository ${push.repository}`);
    },
    seeds: [PUSH, `sha256=${"a".repeat(64)}`, JSON.stringify({ a: [1, "x\\n\u20ac", null, { b: PLANTED }] })],
    words: [
      '"ref"',
      '"repository"',
      "\\u0000",
      "\\ud800",
      "..",
      "-",
      "1e999",
      "null",
      "{",
      "[",
      '"',
      ",",
      ":",
      "__proto__",
    ],
    heavy: [
      nested("[", "]", 500_000),
      nested('{"a":', "}"),
      '"'.repeat(500_001),
      `{"full_name":"${"a.".repeat(300_000)}"}`,
    ],
  },
};
