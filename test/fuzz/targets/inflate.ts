import { deflateSync, inflateRawSync, inflateSync, constants } from "node:zlib";
import { SLACK } from "../../../src/sources/git/core/git-core.ts";
import { hold, type Target } from "../target.ts";
import { GuardedCore } from "./guarded.ts";

const ROOM = 1 << 16;
const TOO_LONG = -2;

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

/** The stream with the checksums that belong to it, so that mutations are not all refused for the same reason. */
function withChecksum(stream: Uint8Array): Buffer | undefined {
  try {
    const { buffer, engine } = inflateRawSync(stream.subarray(2), {
      maxOutputLength: ROOM,
      info: true,
    } as object) as never as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(adler32(buffer));
    const method = ((stream[0] ?? 0) & 0xf0) | 8;
    const head = Buffer.from([method, 31 - ((method << 8) % 31)]);
    return Buffer.concat([head, stream.subarray(2, 2 + engine.bytesWritten), sum]);
  } catch {
    return undefined;
  }
}

function zlibs(stream: Uint8Array): Buffer | undefined {
  try {
    // In one piece, as git asks: between pieces zlib keeps no more than the window that a stream declares, and refuses
    // distances that it follows otherwise.
    return inflateSync(stream, { maxOutputLength: ROOM, chunkSize: ROOM });
  } catch {
    return undefined;
  }
}

/** The WebAssembly inflate against zlib's: the same bytes, or both refuse; and never a byte outside of its room. */
export function inflate(): Target {
  const core = new GuardedCore();

  const compare = (stream: Uint8Array) => {
    const expected = zlibs(stream);
    const rooms = expected === undefined ? [ROOM, 100] : [expected.length, expected.length + 1, ROOM];
    if (expected !== undefined && expected.length > 0) rooms.push(expected.length - 1, expected.length >> 1);
    for (const room of rooms) {
      core.reset();
      const source = core.put(stream);
      const target = core.room(room);
      const length = core.within([[target, room + SLACK]], () =>
        core.git.inflate(source, source + stream.length, target, room),
      );
      if (expected === undefined || expected.length > room) {
        hold(length < 0, () => `made ${length} bytes in ${room}, where zlib refuses`);
        if (expected !== undefined) hold(length === TOO_LONG, () => `answers ${length} where the room is too small`);
        continue;
      }
      hold(length === expected.length, () => `made ${length} bytes, zlib ${expected.length}`);
      hold(core.read(target, length).equals(expected), () => "made other bytes than zlib");
      hold(core.git.consumed() <= stream.length, () => `used ${core.git.consumed()} of ${stream.length} bytes`);
    }
  };

  return {
    name: "inflate",
    rounds: 300,
    maxBytes: 1 << 15,
    run(input) {
      compare(input);
      const sound = withChecksum(input);
      if (sound !== undefined) compare(sound);
    },
    seeds() {
      const texts = [
        Buffer.alloc(0),
        Buffer.from("a"),
        Buffer.from("tree of words, words of trees, and some more of both\n".repeat(60)),
        Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * i * 7 + (i >> 3)) & 255)),
        Buffer.from(Array.from({ length: 9000 }, (_, i) => 97 + ((i * i) % 23) + (i % 7 === 0 ? i & 127 : 0))),
        Buffer.alloc(30_000, 0),
      ];
      const { Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_DEFAULT_STRATEGY } = constants;
      return texts.flatMap((text) => [
        ...[0, 1, 9].map((level) => deflateSync(text, { level, strategy: Z_DEFAULT_STRATEGY })),
        ...[Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE].map((strategy) => deflateSync(text, { strategy })),
      ]);
    },
  };
}
