// What is to be left out.
import { byBaseline } from "../../../../src/cli/suppress/baseline.ts";
import { ignoreLine, parseIgnoreEntry } from "../../../../src/cli/suppress/ignore-entry.ts";
import { parseIgnoreFile } from "../../../../src/cli/suppress/ignore-file.ts";
import { readGlob, toExpression } from "../../../../src/sources/files/glob.ts";
import { hold, PLANTED, refusal } from "../../target.ts";
import { nested, type Document } from "./document.ts";

const ROW = `[{"RuleID":"a","File":"b","Commit":"","Secret":"${PLANTED}","Match":"x","Entropy":3.1,"StartLine":2}]`;
const DIGEST = "ab".repeat(32);

export const EXCLUSIONS: Readonly<Record<string, Document>> = {
  "ignore-file": {
    read(text) {
      parseIgnoreFile(text);
      for (const line of text.split("\n")) {
        const entry = parseIgnoreEntry(line.trim());
        if (entry === undefined) continue;
        const again = parseIgnoreEntry(ignoreLine(entry));
        hold(JSON.stringify(again) === JSON.stringify(entry), () => `${line} is written as ${ignoreLine(entry)}`);
      }
    },
    seeds: [
      `# head\n${DIGEST} rule=demo until=2026-12-31 owner="Ada L" reason="a \\"test\\" one"\n`,
      `abc:path/file.js:demo:3\n${DIGEST}\n`,
    ],
    words: [DIGEST, " rule=", " reason=", " until=", '"', "\\", ":", "\n", "<<<<<<< x", " a=b", "\\u0000"],
    heavy: [
      `${DIGEST}${" a=b".repeat(200_000)}"`,
      `${DIGEST}${" ".repeat(500_000)}x`,
      ":".repeat(500_000),
      `${DIGEST} a="${"\\".repeat(500_001)}`,
    ],
  },
  baseline: {
    read: (text) => void refusal(() => byBaseline(text, "baseline.json")),
    seeds: [ROW, "[]"],
    words: ['"RuleID"', '"Secret"', "null", "[", "{", "}", "]", ",", ":", "1e999", "\\ud800"],
    heavy: [nested("[", "]"), nested('{"a":', "}")],
  },
  gitignore: {
    read(text) {
      for (const whole of text.split("\n").slice(0, 30)) {
        const line = whole.slice(0, 500);
        const glob = readGlob(line);
        hold((glob === undefined) === (toExpression(line) === undefined), () => `${line}: two opinions`);
        for (const path of ["keep.log", "build/x", "some/folder/a.txt", "a/b/c/b", `some/${"a".repeat(60)}.txt`]) {
          const found = glob?.matches(glob.ofName ? path.slice(path.lastIndexOf("/") + 1) : path);
          // An expression tries every way through many wildcards.
          if ((line.match(/\*/g)?.length ?? 0) > 3) continue;
          const expected = toExpression(line)?.test(path);
          hold(found === expected, () => `${line} on ${path}: ${found}, as an expression ${expected}`);
        }
      }
    },
    seeds: ["*.log\n!keep.log\n/build/\n**/node_modules\na/**/b\n[a-c]?x\\*\n[[:alpha:]]*", "*a*b"],
    words: ["*", "**", "/", "?", "[", "]", "!", "\\", "[[:alpha:]]", "[^", "*a", "**/"],
    heavy: ["*a".repeat(20), "**/".repeat(60) + "x"],
  },
};
