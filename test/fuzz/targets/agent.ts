import { Readable } from "node:stream";
import { parseArguments } from "../../../src/cli/usage/arguments.ts";
import { EXIT } from "../../../src/cli/usage/command.ts";
import { agent } from "../../../src/cli/hook/agent.ts";
import { crcToken } from "../../support/tokens.ts";
import { hold, type Target } from "../target.ts";

const token = crcToken(77);

/** What the hook must see, read a second way: texts and keys, but not what is replaced. */
function holds(value: unknown): boolean {
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === "string" && next.includes(` ${token} `)) return true;
    if (typeof next !== "object" || next === null) continue;
    for (const [key, inner] of Object.entries(next))
      if (!/^old_?(?:string|str|text|content)$/i.test(key)) open.push(inner);
  }
  return false;
}

/** What coding tools hand to their hook. */
export function agentInput(): Target {
  const nothing = parseArguments([], []);
  return {
    name: "agent",
    rounds: 30,
    maxBytes: 1 << 13,
    async run(input) {
      const { exitStatus, stdout, stderr } = await agent(nothing, {
        env: {},
        stdin: Readable.from([Buffer.from(input)]),
        isOutTerminal: false,
        isErrTerminal: false,
        columns: 80,
        tell: () => undefined,
      });
      hold(exitStatus === EXIT.clean || exitStatus === EXIT.couldNotScan, () => `exit status ${exitStatus}`);
      hold(!`${stdout}${stderr}`.includes(token), () => "the answer holds the secret");
      const json = ((): unknown => {
        try {
          return JSON.parse(Buffer.from(input).toString());
        } catch {
          return undefined;
        }
      })();
      hold(exitStatus !== EXIT.clean || !holds(json), () => "a secret went by");
    },
    seeds: () =>
      [
        { tool_name: "Write", tool_input: { file_path: "a.js", content: `x ${token} y` } },
        {
          tool_name: "Edit",
          tool_input: { path: "b", old_string: ` ${token} `, edits: [{ new_string: "x" }, [` ${token} `]] },
        },
        [[[{ a: null, b: 1e9, c: true }]], "text"],
      ].map((value) => Buffer.from(JSON.stringify(value))),
    heavy: () => [Buffer.from("[".repeat(200_000)), Buffer.from(`${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`)],
    words: [
      ` ${token} `,
      '"old_string"',
      '"tool_input"',
      '"path"',
      "\\u0000",
      "\\ud800",
      "\\n",
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "1e999",
      '"__proto__"',
    ],
  };
}
