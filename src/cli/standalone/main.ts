// The program of the standalone binary, made by scripts/package.mjs: the command line without the service.
import { getAsset } from "node:sea";
import { carryWorker } from "../../sources/git/scan/family-workers.ts";
import { carry } from "./carry.ts";

carry();
carryWorker(() => getAsset("standalone-worker.cjs", "utf8"));
void import("../main.ts");
