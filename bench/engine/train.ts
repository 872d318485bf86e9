// Makes src/engine/compile/training.bin from the files below the given folders: a sample of 4-grams, five bits a byte.
// Usage: node --import tsx bench/engine/train.ts FOLDER...
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeTraining, GRAM_LENGTH, LOW_BITS } from "../../src/engine/compile/training.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";

const SAMPLES = 131_072;
const folders = process.argv.slice(2);
const texts: Buffer[] = [];
for (const folder of folders) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
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
    let gram = 0;
    for (let k = 0; k < GRAM_LENGTH; k++) gram = (gram << 5) | (text[at + k]! & LOW_BITS);
    grams.push(gram);
  }
});
const bytes = encodeTraining(grams);
writeFileSync(new URL("../../src/engine/compile/training.bin", import.meta.url), bytes);
console.log(`${grams.length} samples from ${texts.length} files, ${bytes.length} bytes`);
