import { withExamples } from "../../config/built.ts";
import type { Run } from "../usage/command.ts";
import { loadConfiguration } from "../configuration.ts";
import { counted } from "../terminal/look.ts";

/** `patrol rules list`: a line a rule, or all of it as JSON. */
export const listRules: Run = async (args, terminal) => {
  const { rulebook, warnings, found } = await loadConfiguration(
    { config: args.text("config"), enabled: args.list("enable-rule"), target: "." },
    terminal.env,
  );
  const stderr = warnings.map((text) => `note: ${text}\n`).join("");
  if (args.has("json"))
    return { exitStatus: 0, stdout: `${JSON.stringify(withExamples(rulebook.rules), undefined, 1)}\n`, stderr };
  const width = Math.max(0, ...rulebook.rules.map(({ id }) => id.length));
  const lines = rulebook.rules.map((rule) => {
    const marks = [
      rule.checksum && `checksum ${rule.checksum}`,
      rule.entropy !== undefined && `entropy ${rule.entropy}`,
      rule.path !== undefined && "by path",
      (rule.required ?? []).length > 0 && "with others",
      rule.skipReport && "serves others",
    ].filter(Boolean);
    return `${rule.id.padEnd(width)}  ${rule.name}${marks.length > 0 ? ` (${marks.join(", ")})` : ""}\n`;
  });
  const from = found ? found.name : "built in";
  return {
    exitStatus: 0,
    stdout: `${lines.join("")}${counted(rulebook.rules.length, "rule")}, ${from}; hash ${rulebook.hash}\n`,
    stderr,
  };
};
