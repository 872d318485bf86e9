import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { realGit } from "./real-git.ts";
import type { StandInPush } from "./push-payload.ts";

export interface CommitOptions {
  readonly author?: { readonly name: string; readonly email: string };
  readonly date?: Date;
}

export interface WorkingCopyOptions {
  readonly folder: string;
  readonly remote: string;
  readonly authorization: string;
  readonly author: { readonly name: string; readonly email: string };
  /** Called around a push: what the server made of it. */
  readonly pushesDuring: (push: () => Promise<void>) => Promise<StandInPush[]>;
}

/** A developer's clone, driven by real git over HTTP. */
export class WorkingCopy {
  readonly folder: string;
  readonly #options: WorkingCopyOptions;

  private constructor(options: WorkingCopyOptions) {
    this.folder = options.folder;
    this.#options = options;
  }

  static async create(
    options: WorkingCopyOptions,
    settings: { readonly branch: string; readonly objectFormat: string },
  ): Promise<WorkingCopy> {
    await mkdir(options.folder, { recursive: true });
    const copy = new WorkingCopy(options);
    await copy.git(
      "init",
      "--quiet",
      `--initial-branch=${settings.branch}`,
      `--object-format=${settings.objectFormat}`,
      ".",
    );
    await copy.git("remote", "add", "origin", options.remote);
    return copy;
  }

  async git(...args: readonly string[]): Promise<string> {
    return (await this.run(args)).toString("utf8").trimEnd();
  }

  async run(
    args: readonly string[],
    options: { input?: string | Buffer; date?: Date; author?: CommitOptions["author"] } = {},
  ) {
    const author = options.author ?? this.#options.author;
    const date = options.date && { GIT_AUTHOR_DATE: iso(options.date), GIT_COMMITTER_DATE: iso(options.date) };
    return await realGit(this.folder, args, {
      input: options.input,
      env: {
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_COMMITTER_NAME: this.#options.author.name,
        GIT_COMMITTER_EMAIL: this.#options.author.email,
        GIT_MERGE_AUTOEDIT: "no",
        // The credential travels by environment, not in an argument list or a file.
        GIT_CONFIG_COUNT: "2",
        GIT_CONFIG_KEY_0: "http.extraHeader",
        GIT_CONFIG_VALUE_0: `Authorization: ${this.#options.authorization}`,
        GIT_CONFIG_KEY_1: "gc.auto",
        GIT_CONFIG_VALUE_1: "0",
        ...date,
      },
    });
  }

  async write(path: string, content: string | Uint8Array): Promise<this> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), content);
    return this;
  }

  async link(path: string, target: string): Promise<this> {
    await symlink(target, join(this.folder, path));
    return this;
  }

  async remove(path: string): Promise<this> {
    await rm(join(this.folder, path), { recursive: true });
    return this;
  }

  /** Commits everything in the folder, be it nothing, and returns the commit's id. */
  async commit(message: string, options: CommitOptions = {}): Promise<string> {
    await this.git("add", "--all");
    await this.run(["commit", "--quiet", "--allow-empty", "--allow-empty-message", "--cleanup=verbatim", "--file=-"], {
      input: message,
      ...options,
    });
    return await this.head();
  }

  /** Many commits on the branch that is checked out, each with one file: one run of git for all. */
  async commits(
    count: number,
    describe: (number: number) => { message: string; path: string; content: string },
  ): Promise<string> {
    const branch = await this.git("symbolic-ref", "HEAD");
    const { name, email } = this.#options.author;
    let input = "";
    const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
    for (let number = 0; number < count; number += 1) {
      const { message, path, content } = describe(number);
      input += `commit ${branch}\ncommitter ${name} <${email}> ${Math.floor(Date.now() / 1000)} +0000\n${data(message)}`;
      if (number === 0) input += `from ${branch}^0\n`;
      input += `M 100644 inline ${JSON.stringify(path)}\n${data(content)}`;
    }
    await this.run(["fast-import", "--quiet"], { input });
    await this.git("reset", "--quiet", "--hard");
    return await this.head();
  }

  async head(): Promise<string> {
    return await this.git("rev-parse", "HEAD");
  }

  /** Starts a branch at `from`, or at what is checked out. */
  async branch(name: string, from = "HEAD"): Promise<this> {
    await this.git("checkout", "--quiet", "-b", name, from);
    return this;
  }

  async checkout(name: string): Promise<this> {
    await this.git("checkout", "--quiet", name);
    return this;
  }

  /** Merges without committing; `commit` finishes it with whatever was written in between. */
  async mergeBegin(...names: readonly string[]): Promise<this> {
    await this.git("merge", "--quiet", "--no-commit", "--no-ff", ...names);
    return this;
  }

  /** A light tag; with a message, an annotated one. Returns the id that the ref holds. */
  async tag(name: string, message?: string): Promise<string> {
    if (message === undefined) await this.git("tag", name);
    else await this.run(["tag", "--annotate", "--cleanup=verbatim", "--file=-", name], { input: message });
    return await this.git("rev-parse", `refs/tags/${name}`);
  }

  /** Pushes and returns what the server made of it: one entry a changed ref, each with its delivery. */
  async push(...refspecs: readonly string[]): Promise<StandInPush[]> {
    const what = refspecs.length === 0 ? ["HEAD"] : refspecs;
    return await this.#options.pushesDuring(async () => {
      await this.git("push", "--quiet", "origin", ...what);
    });
  }

  async forcePush(...refspecs: readonly string[]): Promise<StandInPush[]> {
    return await this.push("--force", ...(refspecs.length === 0 ? ["HEAD"] : refspecs));
  }
}

const iso = (date: Date) => `${Math.floor(date.getTime() / 1000)} +0000`;
