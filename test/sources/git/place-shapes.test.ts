// Where a secret is said to have come in, for histories of many shapes. All of them lie in one repository, each below a
// root of its own; what is expected stands beside what is drawn.
import assert from "node:assert/strict";
import { beforeAll, describe, test } from "vitest";
import { GitKit } from "./git-kit.ts";
import { Drawing, type Files, told } from "./place-kit.ts";
import { Shape, type Sheet } from "./shape.ts";

const kit = new GitKit();
const sheet: Sheet = { drawing: new Drawing(), expected: new Map(), branches: [], seed: 0 };
let found: string[] = [];

/** Each shape by its name, which is a sentence about what is told. */
const SHAPES: Record<string, (shape: Shape) => void> = {};

const wide = (text: string, order: "le" | "be") => {
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
  return order === "le" ? bytes : bytes.swap16();
};

SHAPES["a first commit brings all it holds"] = (shape) => {
  const secret = shape.secret();
  shape.line(["root", { "a.txt": `one\nkey = ${secret}\n` }]);
  shape.expect("root", "a.txt", secret);
  shape.branch("root");
};

SHAPES["lines above, a comment beside, and a move within the file change nothing"] = (shape) => {
  const secret = shape.secret();
  const lines = ["one", "two", `key = ${secret}`, "three"];
  shape.line(
    ["before", { "a.txt": "one\ntwo\nthree\n" }],
    ["added", { "a.txt": `${lines.join("\n")}\n` }],
    ["above", { "a.txt": `zero\nhalf\n${lines.join("\n")}\n` }],
    ["edited", { "a.txt": `zero\none\ntwo\nkey = ${secret} # mine\nthree\n` }],
    ["moved", { "a.txt": `zero\none\ntwo\nthree\nfour\nkey: "${secret}"\n` }],
    ["deleted", {}],
  );
  shape.expect("added", "a.txt", secret);
  shape.branch("deleted");
};

SHAPES["each place in a line and in a file counts"] = (shape) => {
  const [one, two, three] = [shape.secret(), shape.secret(), shape.secret()];
  const first = `x ${one} ${two}\ny ${one},${one}\n`;
  shape.line(["first", { "a.txt": first }], ["second", { "a.txt": `top\n${first}z ${one} ${three}\n` }]);
  for (const nth of [1, 2, 3]) shape.expect("first", "a.txt", one, nth);
  shape.expect("first", "a.txt", two);
  shape.expect("second", "a.txt", one, 4);
  shape.expect("second", "a.txt", three);
  shape.branch("second");
};

SHAPES["of equal lines, the one that was not there before is told"] = (shape) => {
  const secret = shape.secret();
  const line = `key = ${secret}`;
  shape.line(
    ["once", { "a.txt": `a\nb\nc\n${line}\nd\n`, "b.txt": `a\n${line}\nb\nc\nd\n` }],
    ["twice", { "a.txt": `a\n${line}\nb\nc\n${line}\nd\n`, "b.txt": `a\n${line}\nb\nc\n${line}\nd\n` }],
  );
  shape.expect("once", "a.txt", secret);
  shape.expect("once", "b.txt", secret);
  shape.expect("twice", "a.txt", secret, 1);
  shape.expect("twice", "b.txt", secret, 2);
  shape.branch("twice");
};

SHAPES["an edited line is the old one, and the line beside it the new one"] = (shape) => {
  const secret = shape.secret();
  shape.line(
    ["once", { "a.txt": `first\npassword = "${secret}" # of the build\nlast\n` }],
    ["twice", { "a.txt": `first\n- ${secret}\npassword = "${secret}" # of the nightly build\nlast\n` }],
  );
  shape.expect("once", "a.txt", secret);
  shape.expect("twice", "a.txt", secret, 1);
  shape.branch("twice");
};

SHAPES["a hidden secret stays the old one where the word that hides it takes in a mark before it"] = (shape) => {
  const secret = shape.secret();
  const hidden = (text: string) => Buffer.from(text.replace(/./g, (letter) => `&#${letter.charCodeAt(0)};`));
  const word = hidden(secret).toString();
  shape.line(["once", { "a.txt": `key >${word} end\n` }], ["twice", { "a.txt": `new ${secret}\nkey =${word} end\n` }]);
  shape.expect("once", "a.txt", secret, 1, hidden);
  shape.expect("twice", "a.txt", secret);
  shape.branch("twice");
};

SHAPES["a file that is in two places from the start is told at both"] = (shape) => {
  const secret = shape.secret();
  const content = `key = ${secret}\n`;
  shape.line(
    ["base", {}],
    ["both", { "a/one.env": content, "b/two.env": content, "b/three.env": `# also\n${content}` }],
  );
  for (const path of ["a/one.env", "b/two.env", "b/three.env"]) shape.expect("both", path, secret);
  shape.branch("both");
};

SHAPES["a copy is a place of its own, be it edited or not"] = (shape) => {
  const secret = shape.secret();
  const content = `one\nkey = ${secret}\nthree\n`;
  shape.line(
    ["first", { "a.txt": content }],
    ["copied", { "a.txt": content, "b.txt": content }],
    ["edited", { "a.txt": content, "b.txt": content, "c/d.txt": `zero\n${content}` }],
  );
  shape.expect("first", "a.txt", secret);
  shape.expect("copied", "b.txt", secret);
  shape.expect("edited", "c/d.txt", secret);
  shape.branch("edited");
};

SHAPES["a folder that is copied whole is told again, file by file"] = (shape) => {
  const [one, two] = [shape.secret(), shape.secret()];
  const old = { "v1/deep/a.txt": `${one}\n`, "v1/b.txt": `${two}\n` };
  shape.line(["first", old], ["copied", { ...old, "v2/deep/a.txt": `${one}\n`, "v2/b.txt": `${two}\n` }]);
  shape.expect("first", "v1/deep/a.txt", one);
  shape.expect("first", "v1/b.txt", two);
  shape.expect("copied", "v2/deep/a.txt", one);
  shape.expect("copied", "v2/b.txt", two);
  shape.branch("copied");
};

SHAPES["a renamed file is the same file: into a folder, edited, by case, rewritten"] = (shape) => {
  const secret = shape.secret();
  const content = `one\ntwo\nkey = ${secret}\nthree\n`;
  shape.line(
    ["first", { "a.txt": content }],
    ["folder", { "sub/a.txt": content }],
    ["edited", { "sub/b.txt": `zero\n${content}four\n` }],
    ["by-case", { "sub/B.txt": `zero\n${content}four\n` }],
    ["rewritten", { "c.txt": `all\nis\nnew\nhere\nbut\n${secret}\n` }],
  );
  shape.expect("first", "a.txt", secret);
  shape.branch("rewritten");
};

SHAPES["a folder that moves with all its files moves nothing in"] = (shape) => {
  const secrets = [1, 2, 3].map(() => shape.secret());
  const below = (folder: string) =>
    Object.fromEntries(secrets.map((secret, n) => [`${folder}/n${n}/file.txt`, `x\n${secret}\n`]));
  shape.line(["first", below("old")], ["moved", below("new/home")]);
  secrets.forEach((secret, n) => shape.expect("first", `old/n${n}/file.txt`, secret));
  shape.branch("moved");
};

SHAPES["a secret that goes from one file to another, both of which stay, is told at the other"] = (shape) => {
  const secret = shape.secret();
  shape.line(
    ["first", { "a.txt": `one\n${secret}\n`, "b.txt": "two\n" }],
    ["moved", { "a.txt": "one\n", "b.txt": `two\n${secret}\n` }],
  );
  shape.expect("first", "a.txt", secret);
  shape.expect("moved", "b.txt", secret);
  shape.branch("moved");
};

SHAPES["the same line is told once, though it was removed, put back, reverted and put back again"] = (shape) => {
  const secret = shape.secret();
  const [without, within] = ["one\nthree\n", `one\nkey = ${secret}\nthree\n`];
  shape.line(
    ["base", { "a.txt": without }],
    ["added", { "a.txt": within }],
    ["removed", { "a.txt": without }],
    ["again", { "a.txt": within }],
    ["gone", {}],
    ["back", { "a.txt": `zero\n${within}` }],
  );
  shape.expect("added", "a.txt", secret);
  shape.branch("back");
};

SHAPES["a secret that comes back in other words or elsewhere is told again"] = (shape) => {
  const secret = shape.secret();
  shape.line(
    ["added", { "a.txt": `key = ${secret}\n` }],
    ["removed", { "a.txt": "none\n" }],
    ["reworded", { "a.txt": `none\ntoken: ${secret}\n` }],
    ["removed-again", { "a.txt": "none\n" }],
    ["elsewhere", { "a.txt": "none\n", "b.txt": `key = ${secret}\n` }],
  );
  shape.expect("added", "a.txt", secret);
  shape.expect("reworded", "a.txt", secret);
  shape.expect("elsewhere", "b.txt", secret);
  shape.branch("elsewhere");
};

SHAPES["picked into other branches, the oldest commit has it"] = (shape) => {
  const secret = shape.secret();
  const line = `key = ${secret}`;
  shape.commit("base", [], { "a.txt": "one\n" }, { date: "1600000000 +0000" });
  shape.commit("release", ["base"], { "a.txt": "one\nfixed\n" }, { date: "1600000100 +0000" });
  shape.commit("main", ["base"], { "a.txt": `one\n${line}\n` }, { date: "1600000200 +0000" });
  shape.commit("picked", ["release"], { "a.txt": `one\nfixed\n${line}\n` }, { date: "1600000300 +0000" });
  shape.commit("same-blob", ["base"], { "a.txt": `one\n${line}\n` }, { date: "1600000400 +0000" });
  shape.expect("main", "a.txt", secret);
  shape.branch("main", "picked", "same-blob");
};

SHAPES["a merge brings only what it alone holds"] = (shape) => {
  const [side, main, evil, beside] = [shape.secret(), shape.secret(), shape.secret(), shape.secret()];
  const ours = { "main.txt": `x\n${main}\n`, "both.txt": "base\n" };
  const theirs = { "both.txt": "base\n", "side/s.txt": `${side}\n` };
  shape.commit("base", [], { "both.txt": "base\n" });
  shape.commit("side", ["base"], theirs);
  shape.commit("main", ["base"], ours);
  shape.commit("merge", ["main", "side"], {
    ...ours,
    ...theirs,
    "both.txt": `base\n${evil}\n`,
    "side/new.txt": `${beside}\n`,
  });
  shape.commit("later", ["merge"], { "both.txt": `base\n\n${evil} # kept\n` });
  shape.expect("side", "side/s.txt", side);
  shape.expect("main", "main.txt", main);
  shape.expect("merge", "both.txt", evil);
  shape.expect("merge", "side/new.txt", beside);
  shape.branch("later");
};

SHAPES["a conflict that is settled by taking both sides brings nothing"] = (shape) => {
  const [ours, theirs, third] = [shape.secret(), shape.secret(), shape.secret()];
  shape.commit("base", [], { "a.txt": "one\nkey =\n" });
  shape.commit("ours", ["base"], { "a.txt": `one\nkey = ${ours}\n` });
  shape.commit("theirs", ["base"], { "a.txt": `one\nkey = ${theirs}\n` });
  shape.commit("merge", ["ours", "theirs"], { "a.txt": `one\nkey = ${theirs}\nold = ${ours}\nnew = ${third}\n` });
  shape.expect("ours", "a.txt", ours);
  shape.expect("theirs", "a.txt", theirs);
  shape.expect("merge", "a.txt", third);
  shape.branch("merge");
};

SHAPES["two branches that add one secret to one file at two lines are two places, and their merge none"] = (shape) => {
  const secret = shape.secret();
  shape.commit("base", [], { "a.txt": "one\ntwo\nthree\n" });
  shape.commit("ours", ["base"], { "a.txt": `mine ${secret}\none\ntwo\nthree\n` });
  shape.commit("theirs", ["base"], { "a.txt": `one\ntwo\nthree\ntheirs ${secret}\n` });
  shape.commit("merge", ["ours", "theirs"], { "a.txt": `mine ${secret}\none\ntwo\nthree\ntheirs ${secret}\n` });
  shape.expect("ours", "a.txt", secret);
  shape.expect("theirs", "a.txt", secret);
  shape.branch("merge");
};

SHAPES["an octopus takes from each of its parents"] = (shape) => {
  const names = Array.from({ length: 12 }, (_, n) => `arm${n}`);
  const secrets = names.map(() => shape.secret());
  const evil = shape.secret();
  shape.commit("base", [], { "a.txt": "one\n" });
  names.forEach((name, n) => shape.commit(name, ["base"], { "a.txt": "one\n", [`${name}.txt`]: `${secrets[n]}\n` }));
  const all = Object.fromEntries(names.map((name, n) => [`${name}.txt`, `${secrets[n]}\n`]));
  shape.commit("octopus", names, { ...all, "a.txt": `${evil}\n` });
  names.forEach((name, n) => shape.expect(name, `${name}.txt`, secrets[n] as string));
  shape.expect("octopus", "a.txt", evil);
  shape.branch("octopus");
};

SHAPES["criss-cross merges bring nothing"] = (shape) => {
  const [left, right] = [shape.secret(), shape.secret()];
  const both = { "l.txt": `${left}\n`, "r.txt": `${right}\n` };
  shape.commit("base", [], {});
  shape.commit("left", ["base"], { "l.txt": `${left}\n` });
  shape.commit("right", ["base"], { "r.txt": `${right}\n` });
  shape.commit("left-again", ["left", "right"], both);
  shape.commit("right-again", ["right", "left"], both);
  shape.commit("end", ["left-again", "right-again"], { ...both, "end.txt": "end\n" });
  shape.expect("left", "l.txt", left);
  shape.expect("right", "r.txt", right);
  shape.branch("end");
};

SHAPES["what one side of a merge edits and the other renames is no news in the merge"] = (shape) => {
  const [old, fresh] = [shape.secret(), shape.secret()];
  const content = `one\n${old}\ntwo\nthree\n`;
  shape.commit("base", [], { "a.txt": content });
  shape.commit("renamed", ["base"], { "b.txt": content });
  shape.commit("edited", ["base"], { "a.txt": `${content}${fresh}\n` });
  shape.commit("merge", ["renamed", "edited"], { "b.txt": `${content}${fresh}\n` });
  shape.commit("other-way", ["edited", "renamed"], { "b.txt": `${content}${fresh}\n` });
  shape.expect("base", "a.txt", old);
  shape.expect("edited", "a.txt", fresh);
  shape.branch("merge", "other-way");
};

SHAPES["a merge that drops one side, and a history that is merged below a folder, bring nothing"] = (shape) => {
  const [dropped, library] = [shape.secret(), shape.secret()];
  shape.commit("base", [], { "a.txt": "one\n" });
  shape.commit("side", ["base"], { "a.txt": `${dropped}\n` });
  shape.commit("main", ["base"], { "a.txt": "two\n" });
  shape.commit("ours", ["main", "side"], { "a.txt": "two\n" });
  shape.commit("library", [], { "src/l.txt": `${library}\n` });
  shape.commit("subtree", ["ours", "library"], { "a.txt": "two\n", "vendor/lib/src/l.txt": `${library}\n` });
  shape.expect("side", "a.txt", dropped);
  shape.expect("library", "src/l.txt", library);
  shape.branch("subtree");
};

SHAPES["clocks that run backwards, stand still or are absurd do not change who comes first"] = (shape) => {
  const secrets = [1, 2, 3, 4].map(() => shape.secret());
  const text = (n: number) =>
    secrets
      .slice(0, n)
      .map((secret) => `${secret}\n`)
      .join("");
  shape.line(
    ["one", { "a.txt": text(1) }, { date: "2000000000 +1400" }],
    ["two", { "a.txt": text(2) }, { date: "1 -1200" }],
    ["three", { "a.txt": text(3) }, { date: "1 -1200", authored: "4102444800 +0545" }],
    ["four", { "a.txt": text(4) }, { date: "0 +0000" }],
    ["five", { "a.txt": text(4), "empty.txt": "" }, { date: "1999999999 +0000" }],
    ["six", { "a.txt": text(4), "empty.txt": "" }, { date: "1999999999 +0000" }],
  );
  ["one", "two", "three", "four"].forEach((name, n) => shape.expect(name, "a.txt", secrets[n] as string));
  shape.branch("six");
};

SHAPES["only a line feed ends a line, and columns count bytes"] = (shape) => {
  const files = {
    "crlf.txt": (secret: string) => `one\r\ntwo\r\n  key=${secret}\r\n`,
    "mixed.txt": (secret: string) => `one\ntwo\r\n\r\n\nkey=${secret}\rrest\n`,
    "old-mac.txt": (secret: string) => `one\rtwo\rkey=${secret}\r`,
    "no-end.txt": (secret: string) => `one\n${secret}`,
    "start.txt": (secret: string) => secret,
    "feeds.txt": (secret: string) => `\n\n\f\v\u2028\u0085\n\t${secret}`,
    "umlaut.txt": (secret: string) => `schlüssel „${secret}“\n`,
    "mark.txt": (secret: string) => `\ufeff${secret}\n`,
    "long.txt": (secret: string) => `${"word ".repeat(60_000)}${secret} ${"word ".repeat(60_000)}\n`,
  };
  const secrets = new Map(Object.keys(files).map((path) => [path, shape.secret()]));
  const contents = Object.entries(files).map(([path, make]) => [path, make(secrets.get(path) as string)]);
  shape.line(["base", { "a.txt": "one\n" }], ["added", Object.fromEntries(contents) as Files]);
  for (const [path, secret] of secrets) shape.expect("added", path, secret);
  shape.branch("added");
};

SHAPES["UTF-16 is read, and its columns count bytes too"] = (shape) => {
  const [little, big] = [shape.secret(), shape.secret()];
  const files = { "le.txt": wide(`eins\r\nschlüssel = ${little}\r\n`, "le"), "be.txt": wide(`one\n${big}\n`, "be") };
  shape.line(
    ["added", files],
    ["above", { ...files, "le.txt": wide(`null\r\neins\r\nschlüssel = ${little}\r\n`, "le") }],
  );
  shape.expect("added", "le.txt", little, 1, (text) => Buffer.from(text, "utf16le"));
  shape.expect("added", "be.txt", big, 1, (text) => Buffer.from(text, "utf16le").swap16());
  shape.branch("above");
};

SHAPES["links, modes and modules: where a link leads is text, a mode is no content"] = (shape) => {
  const [link, file, both] = [shape.secret(), shape.secret(), shape.secret()];
  const commit = "1234567890123456789012345678901234567890";
  shape.line(
    ["added", { link: { mode: "120000", data: `../${link}/x` }, "run.sh": `${file}\n`, kind: both }],
    [
      "changed",
      {
        link: { mode: "120000", data: `../../${link}/x` },
        "run.sh": { mode: "100755", data: `${file}\n` },
        kind: { mode: "120000", data: both },
        module: { mode: "160000", data: commit },
      },
    ],
    ["unlinked", { "run.sh": { mode: "100755", data: `${file}\n` }, kind: both, module: "no module\n" }],
  );
  shape.expect("added", "link", link);
  shape.expect("added", "run.sh", file);
  shape.expect("added", "kind", both);
  shape.branch("unlinked");
};

SHAPES["a file or link that moves is the old one, whatever takes its place"] = (shape) => {
  const [file, link, kept] = [shape.secret(), shape.secret(), shape.secret()];
  const module = { mode: "160000", data: "1234567890123456789012345678901234567890" };
  const linkTo = (data: string) => ({ mode: "120000", data });
  shape.line(
    ["added", { file: `${file}\n`, link: linkTo(link), kept: linkTo(kept) }],
    ["moved", { file: module, "lib/file": `${file}\n`, link: module, "lib/link": linkTo(link), "lib/kept": kept }],
    ["removed", { file: module, "lib/file": `${file}\n`, moved: linkTo(link) }],
    ["back", { file: `${file}\n`, link: linkTo(link) }],
  );
  shape.expect("added", "file", file);
  shape.expect("added", "link", link);
  shape.expect("added", "kept", kept);
  shape.branch("back");
};

SHAPES["a file that becomes a folder, and a folder that becomes a file"] = (shape) => {
  const [one, two] = [shape.secret(), shape.secret()];
  shape.line(
    ["first", { a: `${one}\n`, "b/c": `${two}\n` }],
    ["swapped", { "a/inner": `${one}\n`, b: `${two}\n` }],
    ["apart", { "a/inner": `${one}\n`, b: "x\n", "a.c": `${two}\n` }],
  );
  shape.expect("first", "a", one);
  shape.expect("first", "b/c", two);
  shape.expect("apart", "a.c", two);
  shape.branch("apart");
};

SHAPES["a path may hold any byte"] = (shape) => {
  const paths = [
    "with space/and b/ in it.txt",
    'quo"te\\back',
    "tab\tand\nnewline",
    "-leading",
    ":(top)magic*?[x]",
    Buffer.from("grüße/😀.env").toString("latin1"),
    "dev/null",
    "a => b.txt",
    "trailing ",
  ];
  const secrets = paths.map(() => shape.secret());
  const files = Object.fromEntries(paths.map((path, n) => [path, `one\n${secrets[n]}\n`]));
  shape.line(["base", {}], ["added", files], ["gone", {}]);
  paths.forEach((path, n) => shape.expect("added", path, secrets[n] as string));
  const broken = shape.secret();
  shape.line(["apart", { "bad\xff\xfename": `${broken}\n` }]);
  shape.expect("apart", "bad\xff\xfename", broken);
  shape.branch("gone", "apart");
};

SHAPES["commits without a change, and the same tree twice"] = (shape) => {
  const [one, two] = [shape.secret(), shape.secret()];
  const [less, more] = [{ "a/b/c.txt": `${one}\n` }, { "a/b/c.txt": `${one}\n`, "a/d.txt": `${two}\n` }];
  shape.line(
    ["empty", {}],
    ["one", less],
    ["still", less],
    ["two", more],
    ["back", less],
    ["forth", more],
    ["end", {}],
  );
  shape.expect("one", "a/b/c.txt", one);
  shape.expect("two", "a/d.txt", two);
  shape.branch("end");
};

SHAPES["histories that begin apart and meet"] = (shape) => {
  const [one, two, three] = [shape.secret(), shape.secret(), shape.secret()];
  shape.commit("left", [], { "a.txt": `${one}\n`, "c.txt": `${three}\n` }, { date: "1500000000 +0000" });
  shape.commit("right", [], { "b.txt": `${two}\n`, "c.txt": `${three}\n` }, { date: "1500000100 +0000" });
  shape.commit("met", ["right", "left"], { "a.txt": `${one}\n`, "b.txt": `${two}\n`, "c.txt": `${three}\n` });
  shape.expect("left", "a.txt", one);
  shape.expect("left", "c.txt", three);
  shape.expect("right", "b.txt", two);
  shape.branch("met");
};

beforeAll(async () => {
  for (const [name, draw] of Object.entries(SHAPES)) draw(new Shape(name.replace(/[ ,:]+/g, "-"), sheet));
  const ids = sheet.drawing.write(kit, sheet.branches);
  kit.git("repack", "-adfq", "--depth=50");
  found = await told(kit, ids);
});

describe("where a secret came in", () => {
  test.each(Object.keys(SHAPES))("%s", (name) => {
    const own = name.replace(/[ ,:]+/g, "-");
    assert.deepEqual(found.filter((line) => line.startsWith(`${own}/`)).sort(), sheet.expected.get(own)?.sort());
  });

  test("nothing else is told", () => {
    const all = [...sheet.expected.values()].flat();
    assert.deepEqual(
      found.filter((line) => !all.includes(line)),
      [],
    );
  });
});
