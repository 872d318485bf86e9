import assert from "node:assert/strict";
import { constants } from "node:buffer";
import { Readable } from "node:stream";
import { test } from "vitest";
import { beginScan } from "../../../src/cli/scan/scan.ts";
import { parseArguments } from "../../../src/cli/usage/arguments.ts";
import { crcToken } from "../../support/tokens.ts";

const terminal = {
  env: {},
  stdin: Readable.from([]),
  isOutTerminal: false,
  isErrTerminal: false,
  columns: 80,
  tell: () => undefined,
};
const fileOf = (path: string, bytes: Buffer) => ({ bytes, provenance: { kind: "file", path } as const });

test("more bytes than a text can have are named when something is found in them, wherever they come from, and the scan goes on", async () => {
  const token = Buffer.from(`"${crcToken(91)}"\n`);
  const large = Buffer.alloc(constants.MAX_STRING_LENGTH + 1);
  large.set(token, large.length - token.length);
  const scan = await beginScan(parseArguments([], []), terminal, { unit: "files" });
  for (const file of [fileOf("large.bin", large), fileOf("small.js", token)]) scan.report(file, scan.candidates(file));
  const { exitStatus, stdout, stderr } = await scan.finish((files) => `${files} files`);
  assert.equal(exitStatus, 2);
  assert.match(stdout, /^File: +small\.js$/m);
  assert.match(stderr, /^not scanned: large\.bin: something was found, but 537 MB are too many to tell where$/m);
});
