import assert from "node:assert/strict";
import type { Decoder } from "../../src/engine/decode/decoder.ts";
import { DECODERS } from "../../src/engine/decode/index.ts";

/** Fails as soon as decoders in JavaScript were given more than so many characters, all of them together, while `work` lasts. */
export async function decodingAtMost<T>(most: number, work: () => T | Promise<T>): Promise<T> {
  let characters = 0;
  const own = (DECODERS as readonly { decode: Decoder["decode"] }[]).map((decoder) => ({
    decoder,
    decode: decoder.decode,
  }));
  for (const { decoder, decode } of own) {
    decoder.decode = (text, start, end) => {
      characters += end - start;
      assert.ok(characters <= most, `${characters} characters are decoded, ${most} are enough`);
      return decode(text, start, end);
    };
  }
  try {
    return await work();
  } finally {
    for (const { decoder, decode } of own) decoder.decode = decode;
  }
}
