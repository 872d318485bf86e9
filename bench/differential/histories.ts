// What `patrol git` tells of a history, held against the plain engine over every object that git gives.
import { basename, dirname } from "node:path";
import { parseArgs } from "node:util";
import { compareHistory } from "../../test/support/compare-history.ts";

const { values } = parseArgs({
  options: {
    repo: { type: "string", multiple: true, default: [] },
    rules: { type: "string" },
    "decode-depth": { type: "string", default: "5" },
    // The reference matches whole objects with the core instead: minutes less, and it proves less.
    quick: { type: "boolean", default: false },
  },
});
const asked = { rules: values.rules, decodeDepth: Number(values["decode-depth"]), isQuick: values.quick };
for (const repository of values.repo) {
  const { missing, extra, misplaced, found } = compareHistory(repository, asked);
  for (const [kind, places] of Object.entries({ missing, extra, misplaced }))
    for (const place of places) console.log(`${kind}: ${place}`);
  const counts = { missing: missing.length, extra: extra.length, misplaced: misplaced.length, found };
  const name = basename(repository).replace(/^repo$/, basename(dirname(repository)));
  console.log(JSON.stringify({ bench: "differential", repository: name, ratios: {}, counts }));
  if (missing.length + extra.length + misplaced.length > 0) process.exitCode = 1;
}
