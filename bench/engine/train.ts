// Makes src/engine/compile/training.bin from the files below the given folders: a sample of runs of four bytes.
// Usage: node --import tsx bench/engine/train.ts FOLDER...
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeTraining, GRAM_LENGTH, gramOf } from "../../src/engine/compile/training.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";

const SAMPLES = 400_000;
/** Of a folder with more files, every so many-th is taken. */
const MOST_FILES = 6000;
const folders = process.argv.slice(2);
const texts: Buffer[] = [];
for (const folder of folders) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const stride = Math.ceil(files.length / MOST_FILES);
  for (const entry of files.filter((_, i) => i % stride === 0)) {
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    if (!bytes.subarray(0, 8000).includes(0) && bytes.length > GRAM_LENGTH) texts.push(bytes);
  }
}
// Every file counts by the square root of its size, so that a few huge ones do not drown the rest.
const weights = texts.map((text) => Math.sqrt(text.length));
const total = weights.reduce((sum, weight) => sum + weight, 0);
const random = seededRandom(1);
const grams: number[] = [];
texts.forEach((text, i) => {
  const wanted = (SAMPLES * weights[i]!) / total;
  const count = Math.floor(wanted) + (random() < wanted % 1 ? 1 : 0);
  for (let n = 0; n < count; n++) {
    const at = Math.floor(random() * (text.length - GRAM_LENGTH));
    grams.push(gramOf(text, at));
  }
});
const bytes = encodeTraining(grams);
writeFileSync(new URL("../../src/engine/compile/training.bin", import.meta.url), bytes);
console.log(`${grams.length} samples from ${texts.length} files, ${bytes.length} bytes`);
