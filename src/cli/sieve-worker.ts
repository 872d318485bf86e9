// A thread of `patrol dir`: sifts the lists of files that it is sent.
import { parentPort, workerData } from "node:worker_threads";
import { newTwinCore } from "../config/engine-files.ts";
import { claim, type SieveAnswer, type SieveOrder, type SieveThreadData } from "../sources/files/sieve-order.ts";
import { Sieve } from "../sources/files/sieve.ts";

const { task, claims } = workerData as SieveThreadData;
// A sieve asks for no patterns.
const sieve = new Sieve(newTwinCore(task, []), task);
parentPort?.on("message", (order: SieveOrder) => {
  if (!claim(claims, order)) return;
  const { number, paths } = order;
  parentPort?.postMessage({ number, sifted: sieve.sift(paths.split("\0")) } satisfies SieveAnswer);
});
