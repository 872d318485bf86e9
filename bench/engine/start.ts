// Prints the CPU seconds in which a core is made for the given rules; see start-times.ts.
import { createCore } from "../../src/config/engine.ts";
import { cpuSeconds, loadRules, readArguments } from "../support/corpus.ts";

const { rules: file } = readArguments(process.argv.slice(2));
// Built-in rules would be taken from the image that the build made: other ids make them a user's.
const rules = loadRules(file).map(({ id, pattern }) => ({ id: file === undefined ? `own-${id}` : id, pattern }));
const began = cpuSeconds();
createCore(rules);
console.log(cpuSeconds() - began);
