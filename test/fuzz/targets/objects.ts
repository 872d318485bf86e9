import { deflateSync } from "node:zlib";
import { BrokenObject } from "../../../src/sources/git/objects/broken.ts";
import {
  headerText,
  messageStart,
  readCommit,
  readLinks,
  readTag,
  textsIn,
} from "../../../src/sources/git/objects/commit.ts";
import { authorshipOf, parseHeaders } from "../../../src/sources/git/fetch/headers.ts";
import { natureOf } from "../../../src/sources/git/scan/object-scan.ts";
import { parseLoose } from "../../../src/sources/git/objects/loose.ts";
import { hold, refusal, type Target } from "../target.ts";

const COMMIT = `tree ${"a".repeat(40)}
parent ${"b".repeat(40)}
author Ada Lovelace <ada@example.org> 1700000000 +0000
committer Ada Lovelace <ada@example.org> 1700000000 -0130
encoding ISO-8859-1
gpgsig -----BEGIN PGP SIGNATURE-----
 line
 -----END PGP SIGNATURE-----

A subject

A body <with> signs.
`;
const TAG = `object ${"c".repeat(40)}
type commit
tag v1.0
tagger Ada <ada@example.org> 1700000000 +0000

The first one
`;

/** Commits, tags and loose objects. */
export function objects(): Target {
  return {
    name: "objects",
    rounds: 120,
    maxBytes: 1 << 16,
    run(input) {
      const bytes = Buffer.from(input);
      for (const digits of [40, 64]) {
        const links = readLinks(bytes, digits);
        const commit = readCommit(bytes, digits);
        hold((links === undefined) === (commit === undefined), () => "two readers of commits do not agree");
        if (links === undefined || commit === undefined) continue;
        hold(Number.isFinite(commit.time) && !Number.isNaN(commit.author.date.getTime()), () => "a time that is none");
      }
      const tag = readTag(bytes);
      if (tag?.tagger !== undefined) hold(!Number.isNaN(tag.tagger.date.getTime()), () => "a time that is none");
      const headers = parseHeaders(bytes);
      for (const { from, to } of textsIn(bytes))
        hold(0 <= from && from < to && to <= messageStart(bytes), () => `a text in the header from ${from} to ${to}`);
      for (const name of ["author", "tagger"] as const) {
        const { authoredAt } = authorshipOf(headers, name);
        if (authoredAt !== undefined) authoredAt.toISOString();
      }
      natureOf(bytes, 0, bytes.length);
      hold(messageStart(bytes) <= bytes.length, () => "the message begins behind the object");
      hold(headerText(bytes).length === messageStart(bytes), () => "the header's text is not where the header is");
      for (const file of [bytes, deflateSync(bytes)]) {
        const object = refusal(() => parseLoose(file), BrokenObject);
        if (object !== undefined) hold(object.type >= 1 && object.type <= 4, () => `an object of type ${object.type}`);
      }
    },
    seeds: () =>
      [COMMIT, TAG, `blob 5\0hello`, `commit ${COMMIT.length}\0${COMMIT}`, "tree 0\0"].map((text) => Buffer.from(text)),
    heavy: () => {
      const many = (text: string) => text.repeat(Math.floor((1 << 20) / text.length));
      return [
        `author ${many("<")}\n\n`,
        `author ${many("<> ")}\n\n`,
        `tree x\n${many(" \n")}`,
        `author ${many(" ")}`,
      ].map((text) => Buffer.from(text));
    },
    words: [
      "\n\n",
      "author ",
      "committer ",
      "tagger ",
      "parent ",
      "<",
      ">",
      " <",
      "> ",
      "\n ",
      "\0",
      "99999999999999999",
      " -1 +0000",
    ],
  };
}
