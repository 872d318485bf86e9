// The program of the standalone binary, made by scripts/package.mjs: the command line without the service.
import { getAsset } from "node:sea";
import { carryThreads } from "../../disk/start-thread.ts";
import { glance } from "../start/glance.ts";
import { carry } from "./carry.ts";

carry();
carryThreads((program) => getAsset(`standalone-${program}.cjs`, "utf8"));

const words = process.argv.slice(2);
// One file with all its code: there is none to keep.
if (!glance(words, process.env, () => undefined)) void import("../command-line.ts").then(({ main }) => main(words));
