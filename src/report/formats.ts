import { PatrolError } from "../model/errors.ts";
import { csv } from "./csv.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import { html } from "./html.ts";
import { json } from "./json.ts";
import { junit } from "./junit.ts";
import type { Format } from "./row.ts";
import { sarif } from "./sarif.ts";
import { template } from "./template/template.ts";

/** Every format by its name on the command line; `template` is the one that needs a text of its own. */
export const FORMATS: Record<string, Format> = { json, csv, junit, sarif, gitlab, github, html };

const BY_EXTENSION: Record<string, string> = {
  ".json": "json",
  ".csv": "csv",
  ".xml": "junit",
  ".junit": "junit",
  ".sarif": "sarif",
  ".html": "html",
  ".htm": "html",
};

/**
 * The format to write. Without a name the path's ending decides, and standard output gets JSON.
 *
 * @throws PatrolError `usage-invalid` when neither says.
 */
export function chooseFormat(choice: { name?: string; path?: string; template?: string }): Format {
  const { name, path, template: source } = choice;
  if (name === "template" || (name === undefined && source !== undefined)) {
    if (source === undefined)
      throw new PatrolError("usage-invalid", "--report-format template needs the template: --report-template FILE");
    return template(source);
  }
  const extension = /\.[^./]*$/.exec(path ?? "")?.[0].toLowerCase() ?? "";
  const chosen = name ?? (path === undefined || path === "-" ? "json" : BY_EXTENSION[extension]);
  const format = chosen !== undefined && Object.hasOwn(FORMATS, chosen) ? FORMATS[chosen] : undefined;
  if (format) return format;
  const known = [...Object.keys(FORMATS), "template"].join(", ");
  throw new PatrolError(
    "usage-invalid",
    name === undefined
      ? `the ending of ${path} names no report format; add --report-format with one of ${known}`
      : `there is no report format ${name}; choose one of ${known}`,
  );
}
