// A thread of `patrol dir` in the standalone binary: it needs of the files in dist/ what the core does, and no more.
import { carryBuilt } from "../../config/built.ts";
import { asset } from "./asset.ts";

carryBuilt(asset);
void import("../sieve-worker.ts");
