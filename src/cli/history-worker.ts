// A thread of a history scan, as a program of its own.
import { parentPort, workerData } from "node:worker_threads";
import { runHistoryThread } from "./history/history-thread.ts";
import type { WorkerSetup } from "../sources/git/scan/family-workers.ts";

if (parentPort !== null) void runHistoryThread(parentPort, workerData as WorkerSetup);
