import type { Fragment } from "../../model/fragment.ts";
import { readAll } from "../../sources/files/stdin.ts";
import type { Arguments } from "../usage/arguments.ts";
import { EXIT, type Result, type Terminal } from "../usage/command.ts";
import { loadConfiguration } from "../configuration.ts";
import { scan } from "../../engine/scan.ts";
import { mask } from "../../engine/mask.ts";
import { describe } from "../../report/describe.ts";
import { type ReportedFinding, verifiedSentence } from "../../report/row.ts";
import { Verifier } from "../scan/verify.ts";

/** A text of the tool's, and where in its JSON it stood. */
interface Field {
  readonly name: string;
  readonly text: string;
}

/** What is about to be replaced is there already; taking a secret out must stay possible. */
const REPLACED = /^old_?(?:string|str|text|content)$/i;
const PATH_KEYS = ["file_path", "filePath", "path", "notebook_path"];
const MOST_BYTES = 256 << 20;

/** Texts in JSON as it is written. */
function textsWritten(json: string): number {
  let count = 0;
  for (let at = json.indexOf('"'); at >= 0; at = json.indexOf('"', at + 1)) {
    count++;
    for (at++; at < json.length && json[at] !== '"'; at++) if (json[at] === "\\") at++;
  }
  return count;
}

/** Texts in what was read of it, keys too: fewer, where a key was repeated, as the last one counts. */
function textsRead(input: unknown): number {
  let count = 0;
  const open = [input];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "string") count++;
    else if (typeof value === "object" && value !== null) {
      if (!Array.isArray(value)) count += Object.keys(value).length;
      for (const inner of Object.values(value)) open.push(inner);
    }
  }
  return count;
}

/** Every text in a value, keys too. */
function fieldsOf(input: unknown): Field[] {
  const fields: Field[] = [];
  const open: [string, unknown][] = [["", input]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [name, value] = next;
    if (typeof value === "string") fields.push({ name, text: value });
    else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (REPLACED.test(key)) continue;
        if (!Array.isArray(value)) fields.push({ name: `${name}.(key)`, text: key });
        open.push([Array.isArray(value) ? `${name}[${key}]` : name === "" ? key : `${name}.${key}`, inner]);
      }
    }
  }
  return fields;
}

function pathIn(input: unknown): string | undefined {
  // A loop: whoever writes the input chooses how deep it goes.
  for (let at = input; typeof at === "object" && at !== null;) {
    const known = at as Record<string, unknown>;
    const own = PATH_KEYS.map((key) => known[key]).find((value) => typeof value === "string");
    if (own !== undefined) return own as string;
    at = known["tool_input"];
  }
  return undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Tools differ and change: what we cannot take apart is looked at as it is.
    return text;
  }
}

/**
 * The hook of coding tools that run a command before they act: JSON on standard input, exit code 2 and a sentence on
 * standard error to stop them. Of the input every text is looked at, whatever its field is called.
 */
export async function agent(args: Arguments, terminal: Terminal): Promise<Result> {
  const verifier = args.has("verify") ? Verifier.open(terminal.env) : undefined;
  const { bytes, isCut } = await readAll(terminal.stdin, MOST_BYTES);
  const choice = { config: args.text("config"), enabled: args.list("enable-rule") };
  const { rulebook } = await loadConfiguration(choice, terminal.env);
  const maxDecodeDepth = args.number("max-decode-depth");
  const text = bytes.toString("utf8");
  const input = parse(text);
  // Whoever reads it after us may take another one of the values of a key that is repeated.
  const isRepeating = typeof input === "object" && textsWritten(text) !== textsRead(input);
  const path = pathIn(input);
  const found: { readonly finding: ReportedFinding; readonly place: string }[] = [];
  for (const { name, text: said } of isRepeating ? [{ name: "", text }, ...fieldsOf(input)] : fieldsOf(input)) {
    const fragment: Fragment = {
      bytes: Buffer.from(said),
      provenance: { kind: "file", ...(path !== undefined && { path }) },
    };
    const candidates = scan(fragment, rulebook, maxDecodeDepth === undefined ? {} : { maxDecodeDepth });
    if (candidates.length === 0) continue;
    const place = name === "" ? "the input" : mask(name, rulebook);
    describe(candidates, fragment, { redact: 100, mask: (words) => mask(words, rulebook) }).forEach(
      (finding, index) => {
        found.push({ finding, place });
        const candidate = candidates[index];
        if (candidate) verifier?.take(finding, candidate.secret);
      },
    );
  }
  const answers = await verifier?.answer(found.map(({ finding }) => finding));
  const told = new Set(
    found.map(({ finding: { rule, row }, place }, index) => {
      const verified = verifiedSentence(answers?.findings[index]?.row.Verified);
      const what = `${rule.name}${rule.issuer ? ` (${rule.issuer})` : ""} in ${place}, line ${row.StartLine}`;
      return verified === undefined ? what : `${what}; ${verified}`;
    }),
  );
  if (answers?.failed !== undefined) told.add(`not verified: ${answers.failed}`);
  if (isCut) told.add(`more than ${MOST_BYTES} bytes, which were not all looked at`);
  if (told.size === 0) return { exitStatus: EXIT.clean, stdout: "", stderr: "" };
  const lines = [
    "Patrol stopped this: it holds a secret.",
    ...[...told].map((line) => `- ${line}`),
    "Do not write the secret down. Read it from the environment or from a secret store, and name only the variable.",
    "If it was shown anywhere, tell the person to revoke it.",
  ];
  return { exitStatus: EXIT.couldNotScan, stdout: "", stderr: `${lines.join("\n")}\n` };
}
