import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "vitest";
import { COMMANDS, SERVICE_COMMANDS } from "../../../src/cli/usage/commands.ts";
import { runService } from "../../../src/cli/service.ts";
import { parseArguments } from "../../../src/cli/usage/arguments.ts";
import type { Run } from "../../../src/cli/usage/command.ts";
import { completion } from "../../../src/cli/usage/completion.ts";
import { COMMON_FLAGS } from "../../../src/cli/usage/flags.ts";
import { help } from "../../../src/cli/usage/help.ts";
import { manual } from "../../../src/cli/usage/manual.ts";
import { SETTINGS } from "../../../src/config/config.ts";

const printed = async (run: Run, ...words: string[]) => (await run(parseArguments(words, []), {} as never)).stdout;
/** A text of roff as people read it. */
const page = (await printed(manual)).replaceAll("\\-", "-");
const documents = ["README.md", "CONTRIBUTING.md", ...readdirSync("docs").map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith(".md"))
  .map((name) => [name, readFileSync(name, "utf8")] as const);

const shown = Object.entries(COMMANDS).filter(([, { hidden }]) => !hidden);
const flagsOf = (command: string) => [...(COMMANDS[command]?.flags ?? []), ...COMMON_FLAGS];

test("help, the manual page and every shell's completion know each command and each flag, and none that is hidden", async () => {
  const general = await printed(help);
  const scripts = await Promise.all(["bash", "zsh", "fish", "powershell"].map((shell) => printed(completion, shell)));
  for (const name of [...shown.map(([name]) => name), ...Object.keys(SERVICE_COMMANDS)])
    for (const text of [general, page, ...scripts]) assert.match(text, new RegExp(`\\b${name}\\b`));
  for (const [command] of shown) {
    const own = await printed(help, command);
    for (const { name, hidden } of flagsOf(command))
      for (const text of hidden ? [own] : [own, page, ...scripts])
        // fish writes `-l name`.
        assert.equal(new RegExp(`(--|-l )${name}\\b(?!-)`).test(text), !hidden, `${command} --${name}`);
  }
});

test("no document shows a command, or a flag behind one, that there is not", async () => {
  const usages = new Map<string, string>();
  const note = assert.fail;
  for (const name of Object.keys(SERVICE_COMMANDS))
    await runService(name, ["--help"], {
      out: (line) => void usages.set(name, `${usages.get(name) ?? ""}${line}\n`),
      note,
    });
  const wrong: string[] = [];
  let seen = 0;
  for (const [document, text] of documents)
    // What stands in code: a line of its own, or between backticks.
    for (const [, line = "", inline = ""] of text.matchAll(/^ {4}(?:npx )?patrol (.*)$|`(?:npx )?patrol ([^`]+)`/gm)) {
      const words = `${line}${inline}`.split("#")[0] ?? "";
      const command = /^[a-z]+/.exec(words)?.[0] ?? "";
      const usage = usages.get(command);
      if (usage === undefined && !Object.hasOwn(COMMANDS, command)) wrong.push(`${document}: patrol ${words}`);
      for (const [, flag = ""] of words.matchAll(/(?<=\s)--([a-z][a-z-]*)/g)) {
        seen += 1;
        const flags = usage?.match(/(?<=--)[a-z-]+/g) ?? flagsOf(command).map(({ name }) => name);
        if (!flags.includes(flag)) wrong.push(`${document}: patrol ${command} --${flag}`);
      }
    }
  assert.deepEqual(wrong, []);
  assert.ok(seen > 20, `${seen} flags`);
});

test("the manual page names each variable and each file of ours that the documents name, but the service's own", () => {
  const settings = new Set(SETTINGS.flatMap((name) => [name, `${name}_FILE`]));
  // Between a hook and the program that it starts.
  settings.add("PATROL_LOOKED");
  const named = new Set(
    documents.flatMap(([, text]) => [
      ...(text.match(/\b(?:PATROL|BETTERLEAKS|GITLEAKS)_[A-Z_]+\b/g) ?? []).filter((name) => !settings.has(name)),
      ...(text.match(/(?<=`)\.(?:patrol|betterleaks|gitleaks)[a-z.-]*(?=`)/g) ?? []),
    ]),
  );
  assert.ok(named.size > 10);
  assert.deepEqual(
    [...named].filter((name) => !page.includes(name)),
    [],
  );
});
