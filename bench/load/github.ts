/**
 * The git server of the load bench, in a process of its own. Over IPC it is given tokens, puts each into a commit of its
 * own, and answers with the deliveries that GitHub would send, one a commit.
 */
import { randomUUID } from "node:crypto";
import { GitHubStandIn } from "../../src/github-stand-in/stand-in.ts";

export interface Prepared {
  readonly url: string;
  readonly apiUrl: string;
  readonly pushes: readonly { readonly guid: string; readonly body: string }[];
}

const FILES = 40;

async function prepare(tokens: readonly string[], repositories: number): Promise<Prepared> {
  const github = await GitHubStandIn.start();
  const pushes: { guid: string; body: string }[][] = [];
  for (let at = 0; at < repositories; at += 1) {
    const share = tokens.filter((_, index) => index % repositories === at);
    const copy = await github.workingCopy(await github.createRepository(`acme/rocket-${at}`));
    for (let file = 0; file < FILES; file += 1)
      await copy.write(`src/stage-${file}.js`, `export const thrust = ${file};\n`.repeat(50));
    const base = await copy.commit("Begin");
    await copy.push("main");
    await copy.commits(share.length, (index) => ({
      message: `Deploy stage ${index}`,
      path: `deploy/stage-${index}.env`,
      content: `STAGE=production\nTOKEN=${share[index]}\n`,
    }));
    const [whole] = await copy.push("main");
    const ids = (await copy.git("rev-list", "--reverse", "main", `^${base}`)).split("\n");
    const { payload } = whole!.delivery!;
    pushes.push(
      ids.map((id, index) => {
        const commits = payload.commits.filter((commit) => commit.id === id);
        const one = { ...payload, before: ids[index - 1] ?? base, after: id, commits, head_commit: commits[0] };
        return { guid: randomUUID(), body: JSON.stringify(one) };
      }),
    );
  }
  // In the order of the tokens: repositories take turns.
  const inTurn = tokens.map((_, index) => pushes[index % repositories]![Math.floor(index / repositories)]!);
  return { url: github.url, apiUrl: github.apiUrl, pushes: inTurn };
}

process.on("message", (order: { tokens: string[]; repositories: number }) => {
  void prepare(order.tokens, order.repositories).then((prepared) => process.send?.(prepared));
});
process.on("disconnect", () => process.exit());
