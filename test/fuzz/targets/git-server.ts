import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { gitEnvironment, realGit } from "../../../src/github-stand-in/real-git.ts";
import type { Push } from "../../../src/model/push.ts";
import { createGitPushSource } from "../../../src/sources/git/fetch/fetch.ts";
import { hold, laterRefusal, type Target } from "../target.ts";

const LIMITS = { fetchMs: 8_000, diskBytes: 64 << 20, blobBytes: 1 << 20 };

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
}

/** A repository of two commits and a tag; gives the ids of both. */
async function fill(folder: string): Promise<{ before: string; after: string }> {
  const work = join(folder, "work");
  const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
  const git = async (...args: string[]) => (await realGit(work, [...identity, ...args])).toString().trim();
  await realGit(folder, ["init", "--quiet", "work"]);
  const commit = async (name: string) => {
    const blob = (await realGit(work, ["hash-object", "-w", "--stdin"], { input: `${name}\n`.repeat(40) })).toString();
    await git("update-index", "--add", "--cacheinfo", `100644,${blob.trim()},folder/${name}`);
    await git("commit", "--quiet", "--message", name);
    return await git("rev-parse", "HEAD");
  };
  const before = await commit("one.txt");
  await commit("two.txt");
  const after = await commit("three.txt");
  for (const key of ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"]) await git("config", key, "true");
  return { before, after };
}

/** Everything that a git server may answer to the fetch of a push: refused as a whole, or read, and nothing stays behind. */
export async function gitServer(): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), "patrol-fuzz-server-"));
  const temporary = mkdtempSync(join(tmpdir(), "patrol-fuzz-fetch-"));
  const { before, after } = await fill(folder);
  /** What git itself answers, by what it is asked. */
  const known = new Map<string, Buffer>();
  /** In the order of the first fetch. */
  const honest: Buffer[] = [];
  let replaced: { readonly at: number; readonly by: Uint8Array } | undefined;
  let count = 0;

  const server = createServer((request, response) => {
    void (async () => {
      const isHello = request.method === "GET";
      const body = isHello ? Buffer.alloc(0) : await bodyOf(request);
      const key = isHello ? "" : body.toString("latin1");
      const args = ["upload-pack", "--stateless-rpc", ...(isHello ? ["--advertise-refs"] : []), "work/.git"];
      const env = { ...gitEnvironment(), GIT_PROTOCOL: "version=2" };
      const said = known.get(key) ?? (await realGit(folder, args, { env, input: body }).catch(() => Buffer.alloc(0)));
      known.set(key, said);
      const kind = isHello ? "advertisement" : "result";
      response.setHeader("content-type", `application/x-git-upload-pack-${kind}`);
      const hello = Buffer.from("001e# service=git-upload-pack\n0000");
      const whole = isHello ? Buffer.concat([hello, said]) : said;
      if (replaced === undefined) honest.push(whole);
      response.end(count++ === replaced?.at ? replaced.by : whole);
    })();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a/b.git`;
  const source = createGitPushSource({ cloneUrl: () => url, limits: LIMITS, temporaryFolder: temporary });
  const push: Push = {
    ...{ deliveryId: "1", repositoryId: 1, repository: "a/b", exposure: "public", defaultBranch: "main" },
    ...{ ref: "refs/heads/main", before, after, forced: false, commitCount: 2, receivedAt: new Date() },
    installationId: undefined,
  };

  /** @returns how many bytes were given out */
  async function fetched(): Promise<number> {
    count = 0;
    let bytes = 0;
    const none = async () => new Set<string>();
    const wanted = { alreadyClean: none, scannedHeads: none, reached: () => undefined, skipped: () => undefined };
    for await (const fragment of source.fragments(push, wanted)) bytes += fragment.bytes.length;
    return bytes;
  }

  hold((await fetched()) > 600, () => "the honest server is not read");
  const answers = [...honest];
  return {
    name: "git-server",
    rounds: 12,
    maxBytes: 1 << 15,
    async run(input) {
      replaced = { at: (input[0] ?? 0) % answers.length, by: input.subarray(1) };
      await laterRefusal(fetched);
      hold(readdirSync(temporary).length === 0, () => "a temporary repository stays behind");
    },
    seeds: () => answers.map((answer, index) => Buffer.concat([Buffer.from([index]), answer])),
    words: [
      ...["0000", "0001", "0002", "0003", "ffff", "0004", "packfile\n", "shallow-info\n", "acknowledgments\n", "NAK\n"],
      ...[
        "\x01",
        "\x02",
        "\x03",
        "PACK",
        "version 2",
        "fetch=shallow filter",
        "ERR ",
        "packfile-uris\n",
        `shallow ${after}`,
      ],
    ],
    close() {
      server.close();
      for (const path of [folder, temporary]) rmSync(path, { recursive: true, force: true });
    },
  };
}
