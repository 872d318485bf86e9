import type { HookType } from "./script.ts";

const MARK = "# patrol";

/** lefthook's configuration with our command in it, or undefined when it has a form that we would rather not edit. */
export function withPatrol(text: string, type: HookType): string | undefined {
  if (hasPatrol(text, type)) return text;
  const run = `patrol hook run ${type} {0}`;
  const body = (indent: string, step: string) =>
    [`patrol:`, `${step}run: ${run}`, ...(type === "pre-commit" ? [] : [`${step}use_stdin: true`])]
      .map((line) => `${indent}${line} ${MARK}: ${type}\n`)
      .join("");
  const lines = text.split(/(?<=\n)/);
  const at = lines.findIndex((line) => new RegExp(`^${type}:\\s*(?:#.*)?$`).test(line.trimEnd()));
  if (at < 0) {
    if (new RegExp(`^["']?${type}["']?\\s*:`, "m").test(text)) return undefined;
    const block = [`${type}: ${MARK}: ${type}\n`, `  commands: ${MARK}: ${type}\n`, body("    ", "  ")].join("");
    return text === "" || text.endsWith("\n") ? text + block : undefined;
  }
  for (let next = at + 1; next < lines.length && /^(?:\s|#|$)/.test(lines[next] ?? ""); next++) {
    const [, indent] = /^(\s+)commands:\s*(?:#.*)?$/.exec((lines[next] ?? "").trimEnd()) ?? [];
    if (indent === undefined) continue;
    const step = /^(\s+)\S/.exec(lines[next + 1] ?? "")?.[1] ?? `${indent}  `;
    if (step.length <= indent.length) return undefined;
    lines.splice(next + 1, 0, body(step, step.slice(indent.length)));
    return lines.join("");
  }
  return undefined;
}

export const hasPatrol = (text: string, type: HookType) =>
  new RegExp(`^\\s*(?:-\\s*)?run:.*\\bpatrol\\b.*\\b${type}\\b`, "m").test(text);

/** The text without the lines that we added. */
export const withoutPatrol = (text: string, type: HookType) =>
  text
    .split(/(?<=\n)/)
    .filter((line) => !line.trimEnd().endsWith(`${MARK}: ${type}`))
    .join("");
