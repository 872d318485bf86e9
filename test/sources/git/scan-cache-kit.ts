import assert from "node:assert/strict";
import { join } from "node:path";
import type { HistoryOptions } from "../../../src/sources/git/history/history.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { crcToken } from "../../support/tokens.ts";
import { rulebook, temporaryFolder, type GitKit } from "./git-kit.ts";

/** Scans of one repository that share a cache; `anew` is a scan without. */
export function remembered(kit: GitKit) {
  const cache = join(temporaryFolder(), "cache");
  const scanned = async (options: Partial<HistoryOptions> = {}) => {
    const { candidates, coverage } = await scanHistory({ gitDir: kit.dir, rulebook, cache, ...options });
    assert.deepEqual(coverage.skipped, []);
    const places = candidates.map(({ secret, provenance: { kind, commit, path, ref }, span }) => {
      return [secret.reveal(), kind, commit, path, ref, span.startLine];
    });
    return { places: places.map((place) => JSON.stringify(place)).sort(), coverage };
  };
  const anew = async () => (await scanned({ cache: undefined })).places;
  return { cache, scanned, anew };
}

/** Finds by a file, a message, a tag, a name and a ref. */
export function fill(kit: GitKit): void {
  kit.commit({ "a.txt": `one\n${crcToken(1)}\n` });
  kit.commit({ [`${crcToken(2)}.txt`]: "x\n" }, `says ${crcToken(3)}`);
  kit.git("tag", "-a", "v1", "-m", `tagged ${crcToken(4)}`);
  kit.git("branch", `b/${crcToken(5)}`);
  kit.git("tag", "blob", kit.run(["hash-object", "-w", "--stdin"], `${crcToken(6)}\n`));
}
