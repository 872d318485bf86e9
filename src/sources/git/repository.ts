// Where a repository keeps its objects and refs: gitrepository-layout(5), git-worktree(1).
import { existsSync, readdirSync, statSync } from "node:fs";
import { delimiter, isAbsolute, resolve } from "node:path";
import { PatrolError } from "../../model/errors.ts";
import { alternatesIn, listOfAlternates } from "./alternates.ts";
import { configValues } from "./config-file.ts";
import { hasHead } from "./loose-refs.ts";
import { SHA1, SHA256, type ObjectFormat } from "./object-id.ts";
import { readShort, refuseEndless } from "../../disk/regular-file.ts";

export interface Repository {
  /** The folder with HEAD: of this work tree, when there are several. */
  readonly gitDir: string;
  /** The folder with the objects and the refs that all work trees share. */
  readonly commonDir: string;
  /** Folders that hold objects, the own one first, then the alternates. */
  readonly objectDirs: readonly string[];
  /** What git must be told so that it finds the same ones. */
  readonly objects: ObjectEnvironment;
  readonly format: ObjectFormat;
  /** The form that refs are kept in, where only git itself reads it: `reftable`. A stranger's text. */
  readonly refsNeedGit: string | undefined;
  /** Objects may be missing on purpose: a partial clone. */
  readonly isPartial: boolean;
  /** Commits whose parents are left out on purpose: a shallow clone's. Hex. */
  readonly shallow: ReadonlySet<string>;
}

/** Names git's environment variables that choose where objects are: a pre-receive hook's quarantine uses them. */
export interface ObjectEnvironment {
  readonly GIT_OBJECT_DIRECTORY?: string | undefined;
  readonly GIT_ALTERNATE_OBJECT_DIRECTORIES?: string | undefined;
}

/** Follows `.git` files (`gitdir: …`), which work trees and submodules have instead of a folder. */
function resolveGitDir(path: string): string {
  let dir = resolve(path);
  for (let hops = 0; hops < 5; hops++) {
    if (hasHead(dir) && (existsSync(`${dir}/objects`) || existsSync(`${dir}/commondir`))) return dir;
    const candidate = statSync(dir, { throwIfNoEntry: false })?.isDirectory() ? `${dir}/.git` : dir;
    const info = statSync(candidate, { throwIfNoEntry: false });
    if (info?.isDirectory() && candidate !== dir) {
      dir = candidate;
      continue;
    }
    const target = info?.isFile() ? /^gitdir: (.+?)\r?\n?$/.exec(readShort(candidate) ?? "")?.[1] : undefined;
    if (target === undefined) break;
    dir = isAbsolute(target) ? target : resolve(candidate, "..", target);
  }
  throw new PatrolError(
    "source-unreadable",
    `${path} is no git repository: name a work tree, a .git folder or a bare repository.`,
  );
}

/** Git reads these whatever it is asked. */
const READ_BY_GIT = ["HEAD", "commondir", "config", "config.worktree", "packed-refs", "shallow", "index"] as const;

/** Names in a folder of the store. What stands there and is neither file nor folder would keep git waiting. */
function refuseEndlessIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).map((entry) => {
    if (!entry.isFile() && !entry.isDirectory()) refuseEndless(`${folder}/${entry.name}`);
    return entry.name;
  });
}

/**
 * Looks at all loose objects and refs, of which one might keep git waiting. Our own readers look at each when they read it: this
 * is for who asks git first.
 *
 * @throws PatrolError `source-unreadable`.
 */
export function refuseEndlessBelow({ gitDir, commonDir, objectDirs }: Repository): void {
  const folders = [...objectDirs, `${gitDir}/refs`, `${commonDir}/refs`];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else if (!entry.isFile()) refuseEndless(path);
    }
  }
}

/** In bytes, of the packs that can be asked. */
export const sizesOfPacks = ({ objectDirs }: Repository): readonly number[] =>
  objectDirs
    .map((dir) => `${dir}/pack`)
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => (name.endsWith(".pack") ? `${folder}/${name}` : "")))
    .map((path) => (path === "" ? 0 : (statSync(path, { throwIfNoEntry: false })?.size ?? 0)));

/** Object folders named by `objects/info/alternates`, and by theirs; git follows five levels. */
function withAlternates(dirs: readonly string[]): string[] {
  const found: string[] = [];
  const visit = (dir: string, depth: number) => {
    // As git does it, what is not there is passed over: an object that only it had is then missing.
    if (found.includes(dir) || depth > 5 || (depth > 0 && !existsSync(dir))) return;
    found.push(dir);
    for (const other of alternatesIn(readShort(`${dir}/info/alternates`) ?? "", "\n"))
      visit(resolve(dir, other), depth + 1);
  };
  for (const dir of dirs) visit(dir, 0);
  return found;
}

/**
 * Finds the parts of the repository at `path`: a work tree, a `.git` folder or file, or a bare repository.
 *
 * @throws PatrolError `source-unreadable` when there is none.
 */
export function openRepository(path: string, environment: ObjectEnvironment = {}): Repository {
  const gitDir = resolveGitDir(path);
  const common = readShort(`${gitDir}/commondir`)?.trim();
  const commonDir = common === undefined ? gitDir : resolve(gitDir, common);
  if (!existsSync(`${commonDir}/objects`))
    throw new PatrolError(
      "source-unreadable",
      `${path} is no git repository: the folder that ${gitDir}/commondir names is none with objects.`,
    );
  for (const name of READ_BY_GIT) refuseEndless(`${gitDir}/${name}`);
  if (commonDir !== gitDir) for (const name of READ_BY_GIT) refuseEndless(`${commonDir}/${name}`);
  const config = readShort(`${commonDir}/config`) ?? "";
  const extension = (key: string) => configValues(config, "extensions", key).at(-1);
  const { GIT_OBJECT_DIRECTORY: quarantine, GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates } = environment;
  const own = quarantine ? resolve(quarantine) : `${commonDir}/objects`;
  const others = alternatesIn(alternates ?? "", delimiter).map((dir) => resolve(dir));
  const objectDirs = withAlternates([own, ...others]);
  const inStores = objectDirs.flatMap((dir) => ["info", "pack"].flatMap((name) => refuseEndlessIn(`${dir}/${name}`)));
  const hasPromisor = inStores.some((name) => name.endsWith(".promisor"));
  const format = extension("objectformat")?.toLowerCase() === "sha256" ? SHA256 : SHA1;
  const refStorage = extension("refstorage")?.toLowerCase() ?? "files";
  return {
    gitDir,
    commonDir,
    objectDirs,
    objects: {
      ...(quarantine && { GIT_OBJECT_DIRECTORY: own }),
      ...(others.length > 0 && { GIT_ALTERNATE_OBJECT_DIRECTORIES: listOfAlternates(others, delimiter) }),
    },
    format,
    refsNeedGit: refStorage.startsWith("files") ? undefined : refStorage,
    isPartial: hasPromisor || extension("partialclone") !== undefined,
    shallow: new Set((readShort(`${commonDir}/shallow`) ?? "").match(/^[0-9a-f]{40,64}$/gm)),
  };
}
