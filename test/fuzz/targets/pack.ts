import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtInRules } from "../../../src/config/rulebook.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { BrokenObject } from "../../../src/sources/git/objects/broken.ts";
import { plainMatcher } from "../../../src/sources/git/core/matcher.ts";
import { BLOB, TREE } from "../../../src/sources/git/object-id.ts";
import { ObjectStore } from "../../../src/sources/git/objects/object-store.ts";
import { openRepository } from "../../../src/sources/git/repository.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { crcToken } from "../../support/tokens.ts";
import { hold, refusal, type Target } from "../target.ts";
import { Tape } from "../tape.ts";
import { baseDistance, entryHeader, idOf, indexOf, packOf, type PackedEntry } from "./pack-kit.ts";
import { tableOf } from "./table-kit.ts";

const TOKENS = Array.from({ length: 12 }, (_, i) => crcToken(500 + i));
const varint = (value: number): number[] => (value < 128 ? [value] : [128 | (value & 127), ...varint(value >> 7)]);

/** Blobs, each with a token, some stored as deltas on others; here and there something that lies. */
function fromTape(tape: Tape): { pack: Buffer; index: Buffer } {
  const entries: PackedEntry[] = [];
  const contents: Buffer[] = [];
  for (const token of TOKENS.slice(0, 1 + tape.below(TOKENS.length))) {
    const i = entries.length;
    const kind = i === 0 ? 0 : tape.below(8);
    const lie = tape.once(12) ? tape.below(7) : 0;
    const wrongSize = lie === 1 ? tape.below(40) : 0;
    if (kind < 3) {
      const content = Buffer.from(`${"filling ".repeat(tape.below(9))}${token}\n`);
      const type = lie === 2 ? tape.below(8) : tape.once(9) ? 1 + tape.below(4) : 3;
      contents.push(content);
      entries.push({ id: idOf("blob", content), content, head: () => entryHeader(type, content.length + wrongSize) });
      continue;
    }
    const at = tape.below(lie === 3 ? i + 3 : i);
    const base = contents[at] ?? Buffer.from("not there");
    const keep = tape.below(base.length + 1);
    const insert = Buffer.from(`\n${token}\n`);
    const steps = [...(keep > 0 ? [0x91, 0, keep] : []), insert.length, ...insert, ...(lie === 4 ? [tape.byte()] : [])];
    const content = Buffer.concat([base.subarray(0, keep), insert]);
    const delta = Buffer.from([...varint(base.length), ...varint(content.length), ...steps]);
    contents.push(content);
    const byOffset = kind < 6;
    const baseId = idOf("blob", contents[lie === 5 ? tape.below(contents.length) : at] ?? base);
    const head = (here: number, offsets: readonly number[]) =>
      Buffer.concat([
        entryHeader(byOffset ? 6 : 7, delta.length + wrongSize),
        byOffset ? baseDistance(Math.max(0, here - (offsets[at] ?? 0) + (lie === 6 ? 1 : 0))) : baseId,
      ]);
    entries.push({ id: idOf("blob", content), content: delta, head });
  }
  const { pack, offsets } = packOf(entries);
  if (tape.once(4)) {
    const at = tape.below(pack.length);
    pack[at] = pack[at]! ^ (1 << tape.below(8));
  }
  if (tape.once(6))
    offsets[tape.below(offsets.length)]! += tape.pick([
      tape.below(30) - 15,
      tape.below(30) - 15,
      2 ** 31,
      2 ** 32 - 70,
      2 ** 40,
    ]);
  const cut = tape.once(10) ? tape.below(60) : 0;
  const index = indexOf(
    entries.map(({ id }) => id),
    offsets.map((offset) => Math.max(0, offset)),
    pack.subarray(-20),
    1 + tape.below(2),
  );
  return { pack: pack.subarray(0, pack.length - cut), index };
}

/** A repository of one hostile pack. Whatever can be read one by one is found by the fast way, or told as skipped. */
export function pack(): Target {
  const folder = mkdtempSync(join(tmpdir(), "patrol-fuzz-"));
  for (const name of ["refs/heads", "objects/pack"]) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "HEAD"), "ref: refs/heads/main\n");
  const rulebook = compileRulebook(builtInRules().filter(({ id }) => id === "npm-access-token"));
  const matcher = plainMatcher(rulebook);

  return {
    name: "pack",
    rounds: 30,
    maxBytes: 1024,
    async run(input) {
      const { pack: bytes, index } = fromTape(new Tape(input));
      writeFileSync(join(folder, "objects/pack/pack-a.pack"), bytes);
      writeFileSync(join(folder, "objects/pack/pack-a.idx"), index);
      const { candidates, coverage } = await scanHistory(
        { gitDir: folder, rulebook, unreachable: true, workers: 1 },
        matcher,
      );
      const found = new Set(candidates.map(({ secret }) => secret.reveal()));
      const skipped = coverage.skipped.map(({ what }) => what).join("\n");
      const store = new ObjectStore(openRepository(folder), () => undefined);
      for (const { index: known, size } of store.packs) {
        const end = size - known.idBytes;
        const table = refusal(() => tableOf(known, end, bytes), BrokenObject);
        for (let i = 0; i < known.count; i++) {
          const id = known.id(i);
          // Trees are read when a commit leads there.
          if (table?.type[table.rankOf[i] as number] === TREE) continue;
          const isTold = skipped.includes(id) || skipped.includes(".pack");
          const object = refusal(() => store.read(id), BrokenObject);
          hold(object !== undefined || isTold, () => `object ${id} cannot be read, and nothing is said of it`);
          // Of commits the message alone is searched.
          if (object?.type !== BLOB || isTold) continue;
          for (const token of TOKENS) {
            if (object.bytes.includes(token)) hold(found.has(token), () => `the token in object ${id} is lost`);
          }
        }
      }
      store.close();
    },
    seeds: () =>
      Array.from({ length: 24 }, (_, seed) =>
        Buffer.from(Array.from({ length: 160 }, (_, i) => (i * i * (seed + 3) + i * 17 + seed * 91) & 255)),
      ),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
