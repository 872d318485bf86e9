// A thread of a history scan in the standalone binary.
import { carry } from "./carry.ts";

carry();
void import("../history-worker.ts");
