// Loose objects: one zlib stream a file, `<type> <size>\0` before the content (gitrepository-layout(5)).
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { PatrolError } from "../../../model/errors.ts";
import { readRegular } from "../../../disk/regular-file.ts";
import { BrokenObject } from "./broken.ts";
import { latin1Of } from "./byte-text.ts";
import { inflateByNode, type Inflate } from "./inflate.ts";
import { typeOf, type ObjectFormat, type ObjectType } from "../object-id.ts";

export interface GitObject {
  readonly type: ObjectType;
  readonly bytes: Buffer;
}

/** Largest object that is read in one piece: past it the stream is git's to print. */
export const MAX_OBJECT_BYTES = 512 * 1024 * 1024;

/** The ids of all loose objects of an object folder, hex, in order. */
export function looseIds(objectDir: string, format: ObjectFormat): string[] {
  const ids: string[] = [];
  for (const folder of readdirSync(objectDir).sort()) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue;
    for (const name of readdirSync(join(objectDir, folder)).sort()) {
      if (name.length === 2 * format.bytes - 2 && /^[0-9a-f]+$/.test(name)) ids.push(folder + name);
    }
  }
  return ids;
}

/** The object, or undefined when this folder does not hold it. @throws BrokenObject */
export function readLoose(objectDir: string, id: string, inflate = inflateByNode): GitObject | undefined {
  let file: Buffer;
  try {
    file = readRegular(`${objectDir}/${id.slice(0, 2)}/${id.slice(2)}`);
  } catch (error) {
    // Git would wait for it.
    if (error instanceof PatrolError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new BrokenObject(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
  }
  return parseLoose(file, inflate);
}

/** @throws BrokenObject */
export function parseLoose(file: Uint8Array, inflate: Inflate = inflateByNode): GitObject {
  const content = inflate(file, MAX_OBJECT_BYTES);
  const head = latin1Of(content, 0, 32);
  const end = head.indexOf("\0");
  const [, name = "", size = ""] = /^([a-z]+) (\d+)$/.exec(head.slice(0, Math.max(end, 0))) ?? [];
  const type = typeOf(name);
  if (type === undefined || Number(size) !== content.length - end - 1)
    throw new BrokenObject("the loose object is damaged");
  return { type, bytes: content.subarray(end + 1) };
}
