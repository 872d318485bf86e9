import type { Carried } from "./carried.ts";

// A basic string of TOML is JSON's string, but for DEL.
const quoted = (text: string) => JSON.stringify(text).replaceAll("\u007f", "\\u007f");

const allowlist = (description: string, field: string, patterns: readonly string[], target?: string) =>
  patterns.length === 0
    ? ""
    : `\n[[allowlists]]\ndescription = ${quoted(description)}\n${target ? `regexTarget = "${target}"\n` : ""}${field} = [\n${patterns
        .map((pattern) => `  ${quoted(pattern)},\n`)
        .join("")}]\n`;

/** The paths and expressions as allowlists of our configuration; empty when there are none. */
export const allowlistsText = ({ paths, secrets, lines }: Carried, tool: string): string =>
  allowlist(`paths that ${tool} left out`, "paths", paths) +
  allowlist(`secrets that ${tool} allowed`, "regexes", secrets) +
  allowlist(`lines that ${tool} left out`, "regexes", lines, "line");

/** A whole `.patrol.toml`. `extended`: the configuration that held here before. */
export const configurationText = (allowlists: string, extended: string | undefined): string =>
  `# What scans here go by, in gitleaks' format.\n[extend]\n${extended === undefined ? "useDefault = true" : `path = ${quoted(extended)}`}\n${allowlists}`;
