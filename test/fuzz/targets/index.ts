import type { TargetMaker } from "../target.ts";
import { agentInput } from "./agent.ts";
import { archives } from "./archives.ts";
import { decoders } from "./decoders.ts";
import { commits } from "./commits.ts";
import { delta } from "./delta.ts";
import { DOCUMENTS, documentTarget } from "./documents.ts";
import { families } from "./families.ts";
import { gitIndex } from "./git-index.ts";
import { gitServer } from "./git-server.ts";
import { imports } from "./imports.ts";
import { inflate } from "./inflate.ts";
import { marks } from "./marks.ts";
import { objects } from "./objects.ts";
import { output } from "./output.ts";
import { packIndex } from "./pack-index.ts";
import { pack } from "./pack.ts";
import { regex } from "./regex.ts";
import { refs } from "./refs.ts";
import { requests } from "./requests.ts";
import { treeNumbers } from "./tree-numbers.ts";
import { trees } from "./trees.ts";

/** Every reader of strangers' bytes, by name. */
export const TARGETS: Readonly<Record<string, TargetMaker>> = {
  inflate,
  delta,
  trees,
  "tree-numbers": treeNumbers,
  commits,
  families,
  marks,
  objects,
  "pack-index": packIndex,
  pack,
  "git-index": gitIndex,
  refs,
  regex,
  decoders,
  output,
  archives,
  "git-server": gitServer,
  requests,
  imports,
  agent: agentInput,
  ...Object.fromEntries(Object.keys(DOCUMENTS).map((name) => [name, documentTarget(name)])),
};
