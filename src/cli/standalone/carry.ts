import { carryBuilt } from "../../config/built.ts";
import { carryLibarchive } from "../../sources/files/libarchive.ts";
import { carryGitCore } from "../../sources/git/core/git-core.ts";
import { asset } from "./asset.ts";

/** Has everything that else lies in dist/ read from the binary itself. Each thread does it for itself. */
export function carry(): void {
  carryBuilt(asset);
  carryGitCore(() => asset("git-core.wasm"));
  carryLibarchive(() => asset("libarchive.wasm"));
}
