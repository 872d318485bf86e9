/**
 * `node floor.cjs FOLDER THREADS`
 *
 * The least that a program of Node.js can take for a work tree: it lists all folders and reads each file into one buffer, synchronously, with one thread
 * or two, and does nothing with what it read. Of two threads one lists, and takes back from the end what the other has not begun.
 */
import { closeSync, constants, openSync, readdirSync, readSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

interface Order {
  readonly number: number;
  readonly paths: string;
}

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const FILES_IN_LIST = 256;
const MOST_LISTS = 1 << 16;

const buffer = new Uint8Array(1 << 21);

function read(path: string): void {
  const file = openSync(path, FLAGS);
  while (readSync(file, buffer, 0, buffer.length, null) === buffer.length);
  closeSync(file);
}

function list(folder: string, found: (path: string) => void): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isFile()) found(path);
    else if (entry.isDirectory()) list(path, found);
  }
}

/** Whether nobody else has begun the list. */
const claim = (claims: Int32Array, number: number) => Atomics.compareExchange(claims, number, 0, 1) === 0;

function readShared(root: string): void {
  const claims = new Int32Array(new SharedArrayBuffer(MOST_LISTS * Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(__filename, { workerData: claims });
  const lists: string[][] = [];
  const give = (paths: string[]) => {
    worker.postMessage({ number: lists.length, paths: paths.join("\0") } satisfies Order);
    lists.push(paths);
  };
  let paths: string[] = [];
  list(root, (path) => {
    if (paths.push(path) < FILES_IN_LIST) return;
    give(paths);
    paths = [];
  });
  give(paths);
  for (let number = lists.length - 1; number >= 0; number--) {
    if (claim(claims, number)) lists[number]?.forEach(read);
  }
  let left = lists.length;
  worker.on("message", () => {
    if (--left === 0) process.exit();
  });
}

if (isMainThread) {
  const [root = ".", threads = "1"] = process.argv.slice(2);
  if (threads === "2") readShared(root);
  else {
    list(root, read);
    process.exit();
  }
} else {
  const claims = workerData as Int32Array;
  parentPort?.on("message", ({ number, paths }: Order) => {
    if (paths !== "" && claim(claims, number)) paths.split("\0").forEach(read);
    parentPort?.postMessage(number);
  });
}
