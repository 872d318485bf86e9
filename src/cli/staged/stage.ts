import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { PatrolError } from "../../model/errors.ts";
import { readStage, type Stage, type StageOptions } from "../../sources/git/stage/staged.ts";
import { findWorkTree } from "../../sources/git/stage/work-tree.ts";
import { counted } from "../terminal/look.ts";

/** What is staged in the repository that a folder lies in; `top` is where its paths begin. */
export function openStage(
  repository: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  options: Pick<StageOptions, "whenEmpty" | "inflate" | "mostInFolder">,
): { readonly top: string; readonly stage: Stage } {
  // What git says in the environment is about the repository that it runs us in.
  const environment = repository === undefined || repository === "." ? env : {};
  const place = findWorkTree(repository ?? ".", environment);
  if (place === undefined)
    throw new PatrolError("source-unreadable", `${resolve(repository ?? ".")} lies in no git repository`);
  const index = environment["GIT_INDEX_FILE"];
  if (place.top === place.gitDir && !index && !existsSync(`${place.gitDir}/index`))
    throw new PatrolError(
      "source-unreadable",
      `${place.top} is a bare repository: nothing can be staged in it; patrol git without --staged scans its history`,
    );
  const stage = readStage(place.gitDir, {
    ...options,
    ...(index && { indexFile: resolve(index) }),
    // By name: going through the whole environment takes longer than reading a file.
    GIT_OBJECT_DIRECTORY: environment["GIT_OBJECT_DIRECTORY"],
    GIT_ALTERNATE_OBJECT_DIRECTORIES: environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"],
  });
  return { top: place.top, stage };
}

export function scannedSentence({ kind, files }: Stage): string {
  if (kind === "head") return `${counted(files.length, "file")} of the last commit scanned`;
  return `${counted(files.length, "file")} ${kind === "amend" ? "of the last commit's changes" : "staged"} scanned`;
}
