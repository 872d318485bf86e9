import { getRawAsset } from "node:sea";

/** What else lies in dist/, by its name there. */
export const asset = (name: string) => new Uint8Array(getRawAsset(name) as ArrayBuffer);
