// The program of the standalone binary, made by scripts/package.mjs: the command line without the service.
import { getAsset } from "node:sea";
import { carryWorker } from "../../sources/git/scan/family-workers.ts";
import { glance } from "../start/glance.ts";
import { carry } from "./carry.ts";

carry();
carryWorker(() => getAsset("standalone-worker.cjs", "utf8"));

const words = process.argv.slice(2);
// One file with all its code: there is none to keep.
if (!glance(words, process.env, () => undefined)) void import("../command-line.ts").then(({ main }) => main(words));
