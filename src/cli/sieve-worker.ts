// A thread of `patrol dir`: sifts the lists of files that it is sent.
import { parentPort, workerData } from "node:worker_threads";
import { Sieve, type SieveTask } from "../sources/files/sieve.ts";
import type { SieveMessage } from "../sources/files/sieve-threads.ts";

const tell = (message: SieveMessage) => parentPort?.postMessage(message);
const sieve = Sieve.of(workerData as SieveTask);
parentPort?.on("message", (paths: string) => tell({ kind: "sifted", sifted: sieve.sift(paths.split("\0")) }));
tell({ kind: "ready" });
