import { keepFile } from "../../config/keep-file.ts";
import { BUILD } from "../../model/build.ts";
import { encodeLookFile, lookFileName, readLookFile, type LookFile } from "../../config/look-file.ts";
import { lookRules } from "../../config/look-rules.ts";
import { builtInRules, type Configuration } from "../configuration.ts";

/** Whether two are about the same texts, so that the same rules come of them. */
const isSame = (a: LookFile, b: LookFile) =>
  JSON.stringify([a.warnings, a.extended]) === JSON.stringify([b.warnings, b.extended]) &&
  a.texts.length === b.texts.length &&
  a.texts.every((text, index) => Buffer.compare(text, b.texts[index] as Uint8Array) === 0);

/**
 * Keeps what a first look at the next commit needs (cli/start/glance.ts), when the rules are those of a configuration that lies in the
 * repository. Rules that are seen for the first time are only noted: where a machine lives for one scan, to compile them
 * would be for nothing. What goes wrong costs time only.
 */
export async function keepLook(
  { found, rulebook, warnings, extended = [] }: Configuration,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  if (BUILD === undefined || !found?.isFromTarget || found.path === undefined || env["PATROL_TOKEN_PREFIX"]) return;
  try {
    const fresh: LookFile = {
      build: BUILD,
      path: found.path,
      warnings,
      extended: extended.map(({ named, path }) => ({ named, path })),
      texts: [found.content, ...extended.map(({ content }) => content)].map((text) => Buffer.from(text)),
    };
    const last = readLookFile(found.path);
    const isSeen = last !== undefined && isSame(last, fresh);
    if (isSeen && last.rules !== undefined) return;
    const rules = lookRules(rulebook.rules, await builtInRules(env), isSeen);
    if (isSeen && rules === undefined) return;
    keepFile("rules", lookFileName(found.path), encodeLookFile({ ...fresh, ...(rules && { rules }) }));
  } catch {
    // The whole program looks each time, then.
  }
}
