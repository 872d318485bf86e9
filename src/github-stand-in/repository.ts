import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { realGit } from "./real-git.ts";

export type Visibility = "public" | "private" | "internal";

export interface RepositoryOptions {
  readonly visibility?: Visibility;
  readonly defaultBranch?: string;
  readonly objectFormat?: "sha1" | "sha256";
}

/** How the stand-in answers git from now on: with a status, not at all, or with the address that the repository has now. */
export type Trouble = { readonly status: number } | { readonly hang: true } | { readonly movedTo: string };

/** Partial clones and any object by its id, as GitHub offers them; and no cleaning up behind a test's back. */
const SERVER_CONFIG = `[http]
\treceivepack = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[receive]
\tdenyDeleteCurrent = ignore
\tautogc = false
[gc]
\tauto = 0
`;

/** A bare repository that GitHub's settings were given to. */
export class StandInRepository {
  readonly id: number;
  readonly fullName: string;
  readonly folder: string;
  /** Change it at any time, as its owner may. */
  visibility: Visibility;
  readonly defaultBranch: string;
  readonly createdAt = new Date();
  /** Requests by git are answered like this while it is set. */
  trouble: Trouble | undefined;

  private constructor(id: number, fullName: string, folder: string, options: RepositoryOptions) {
    this.id = id;
    this.fullName = fullName;
    this.folder = folder;
    this.visibility = options.visibility ?? "public";
    this.defaultBranch = options.defaultBranch ?? "main";
  }

  static async create(root: string, id: number, fullName: string, options: RepositoryOptions) {
    const repository = new StandInRepository(id, fullName, join(root, `${fullName}.git`), options);
    await mkdir(repository.folder, { recursive: true });
    await repository.git(
      "init",
      "--quiet",
      "--bare",
      `--initial-branch=${repository.defaultBranch}`,
      `--object-format=${options.objectFormat ?? "sha1"}`,
      ".",
    );
    await appendFile(join(repository.folder, "config"), SERVER_CONFIG);
    return repository;
  }

  get owner(): string {
    return this.fullName.split("/")[0]!;
  }

  get name(): string {
    return this.fullName.split("/")[1]!;
  }

  async git(...args: readonly string[]): Promise<string> {
    return (await realGit(this.folder, args)).toString("utf8");
  }

  /** Full ref name → object id, tags not peeled. */
  async refs(): Promise<Map<string, string>> {
    const lines = (await this.git("for-each-ref", "--format=%(objectname) %(refname)")).split("\n");
    return new Map(
      lines.filter((line) => line !== "").map((line) => [line.slice(line.indexOf(" ") + 1), line.split(" ")[0]!]),
    );
  }

  /** Removes objects as a clean-up on the server would, whether or not something still needs them. */
  async loseObjects(...ids: readonly string[]): Promise<void> {
    await this.#unpack();
    for (const id of ids) await rm(this.#looseFile(id));
  }

  /** Damages an object on the server's disk. */
  async damageObject(id: string): Promise<void> {
    await this.#unpack();
    const file = this.#looseFile(id);
    const bytes = await readFile(file);
    await rm(file);
    await writeFile(file, bytes.subarray(0, bytes.length >> 1));
  }

  #looseFile(id: string): string {
    return join(this.folder, "objects", id.slice(0, 2), id.slice(2));
  }

  async #unpack(): Promise<void> {
    const packs = join(this.folder, "objects", "pack");
    for (const name of (await readdir(packs)).filter((file) => file.endsWith(".pack"))) {
      const aside = join(this.folder, name);
      await rename(join(packs, name), aside);
      await rm(join(packs, name.replace(/pack$/, "idx")));
      await realGit(this.folder, ["unpack-objects", "-q"], { input: await readFile(aside) });
      await rm(aside);
    }
  }
}
