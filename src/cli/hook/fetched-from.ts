// Where tracking branches came from: `git remote set-url` leaves them as they are, though the new address may hold nothing of them.
import { readdirSync } from "node:fs";
import { readShort } from "../../disk/regular-file.ts";
import { webAddress } from "../../report/link.ts";
import { runGit } from "../place/repository.ts";

/** An address, however it is reached. */
export const placeOf = (address: string) => webAddress(address)?.replace(/^\w+:/, "") ?? address;

/** As git writes addresses down after a fetch. */
const shortened = (address: string) =>
  placeOf(address)
    .replace(/\/*$/, "")
    .replace(/\.git$/, "");

interface Fetched {
  readonly id: string;
  readonly branch: string;
  readonly address: string;
}

/** What the last fetch of each work tree brought. */
function lastFetched(): Fetched[] {
  const common = runGit(".", ["rev-parse", "--git-common-dir"]);
  if (common === undefined) return [];
  const folders = [common, ...workTreesOf(common)];
  const lines = folders.flatMap((folder) => (readShort(`${folder}/FETCH_HEAD`) ?? "").split("\n"));
  return lines.flatMap((line) => {
    const [id = "", , said = ""] = line.split("\t");
    const [, branch = "", address] =
      /^(?:branch '(.*)' of |(?:tag|remote-tracking branch) '.*' of )?(.+)$/.exec(said) ?? [];
    return address === undefined ? [] : [{ id, branch, address }];
  });
}

function workTreesOf(common: string): string[] {
  try {
    return readdirSync(`${common}/worktrees`).map((name) => `${common}/worktrees/${name}`);
  } catch {
    return [];
  }
}

/**
 * Whether the tracking branches of a remote came from another address than it has now, as far as git wrote that down: at the last fetch, or
 * when the repository was cloned. A fetch from the new address ends it.
 *
 * @param idOf the object that its tracking branch of a branch names.
 */
export function isFetchedElsewhere(
  name: string,
  address: string,
  idOf: (branch: string) => string | undefined,
): boolean {
  const fetched = lastFetched();
  const here = shortened(address);
  if (fetched.some((one) => shortened(one.address) === here)) return false;
  const others = new Set(addressesOf(".*").map(shortened));
  const isOwn = (one: Fetched) => !others.has(shortened(one.address)) && idOf(one.branch) === one.id;
  if (fetched.some(isOwn)) return true;
  const cloned = /^clone: from (.+)$/m.exec(
    runGit(".", ["log", "-g", "--no-show-signature", "--format=%gs", `refs/remotes/${name}/HEAD`, "--"]) ?? "",
  );
  // That git writes as it was typed, before `url.….insteadOf`.
  const typed = addressesOf(name.replace(/[.]/g, "[.]"));
  return cloned !== null && ![address, ...typed].some((one) => shortened(one) === shortened(cloned[1] ?? ""));
}

const addressesOf = (remote: string) =>
  (runGit(".", ["config", "-z", "--get-regexp", `^remote\\.${remote}\\.url$`]) ?? "")
    .split("\0")
    .map((entry) => entry.slice(entry.indexOf("\n") + 1))
    .filter(Boolean);
