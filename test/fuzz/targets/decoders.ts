import { createCore } from "../../../src/config/engine.ts";
import { Region, sideOf } from "../../../src/engine/core/region.ts";
import { DECODERS, decodeRun, outermost, peel, type Layer } from "../../../src/engine/decode/index.ts";
import { toText } from "../../../src/engine/text.ts";
import { textOf } from "../../../src/report/text.ts";
import { Lines } from "../../../src/engine/lines.ts";
import { hold, type Target } from "../target.ts";

const RULE = { id: "demo", pattern: String.raw`\b(demo_[A-Za-z0-9]{16})\b`, keywords: [] };
const DEPTH = 3;

const told = ({ decoders, text, trace }: Layer) => `${decoders.join(">")} ${trace(0, text.length).join("-")} ${text}`;

/** Base64, hex, percent and the like, in JavaScript and in the core: the same runs, and places that lead back. */
export function decoders(): Target {
  const core = createCore([RULE]);
  const region = new Region(core);

  return {
    name: "decoders",
    rounds: 250,
    maxBytes: 1 << 14,
    run(input) {
      const bytes = Buffer.from(input);
      const { latin1, toByte } = toText(bytes);
      hold(toByte(latin1.length) <= bytes.length, () => "a place behind the bytes");
      const lines = new Lines({ latin1, toByte }, 1);
      for (const at of [0, latin1.length >> 1, latin1.length]) lines.span(at, latin1.length);
      const shown = textOf(bytes);
      shown(shown.lineStart(bytes.length >> 1), shown.lineEnd(bytes.length >> 1));

      const text = bytes.toString("latin1");
      for (const [number, decoder] of DECODERS.entries()) {
        let last = 0;
        for (const [start, end] of decoder.runs(text)) {
          hold(
            start >= last && end > start && end <= text.length,
            () => `${decoder.name} runs from ${start} to ${end}`,
          );
          last = start;
          const layer = decodeRun(outermost(text), { decoder: number, start, end });
          if (layer === undefined) continue;
          // What a terminal does not show is taken out, and the run given a second time with blanks in its place.
          const most = decoder.name === "ansi" ? 2 * (end - start) : end - start;
          hold(layer.text.length <= most, () => `${decoder.name} makes more of less`);
          for (let at = 0; at < layer.text.length; at += 1 + (layer.text.length >> 4)) {
            const [from, to] = layer.trace(at, at + 1);
            hold(from >= start && to <= end + 2 && from < to, () => `${decoder.name} traces ${at} to ${from}-${to}`);
          }
        }
      }
      // The core narrows wide text by itself.
      const outer = outermost(latin1);
      const expected = [...peel(outer, DEPTH)].map(told).sort();
      const address = region.address(bytes.length + 256) + 64 + (bytes.length & 15);
      new Uint8Array(core.memory.buffer).fill(0x41, address - 64, address + bytes.length + 128).set(bytes, address);
      const { runs } = core.survey(address, bytes.length, sideOf(address, bytes.length), DEPTH, true);
      // Undefined: more runs than the core holds; the caller falls back to what is in JavaScript.
      if (runs === undefined) return;
      const found = runs.map((way) =>
        way.reduce<Layer | undefined>((layer, step) => layer && decodeRun(layer, step), outer),
      );
      const got = found.map((layer) => (layer === undefined ? "nothing" : told(layer))).sort();
      hold(
        got.join("\n") === expected.join("\n"),
        () => `the core finds ${got.join(" | ")}, JavaScript ${expected.join(" | ")}`,
      );
    },
    seeds: () => {
      const secret = "demo_aB3aB3aB3aB3aB3z and words";
      const encoded = Buffer.from(secret).toString("base64");
      const utf16 = Buffer.from(`\ufeffkey = ${secret}\n`, "utf16le");
      return [
        `key: ${encoded}\nother: ${Buffer.from(encoded).toString("hex")}`,
        `a=${encodeURIComponent(secret)}%5f%2F&b=\\u0064\\x65mo\\u{5f}aB3 &#100;&#x65;mo&lowbar;aB3aB3aB3`,
        Buffer.from(Buffer.from(encoded).toString("base64")).toString("base64url"),
        utf16,
        Buffer.from(utf16).swap16(),
        Buffer.from(utf16.toString("base64")),
        `${"QUJDREVGR0hJSktM".repeat(4)}\r\n  ${"QUJDREVGR0hJSktM".repeat(3)}\n  ${encoded}`,
        `\x1b[32mkey\x1b[0mdemo_\x1b[1maB3aB3aB3aB3aB3z\x1b]8;;x\x07\x1b(B and ${encoded}`,
      ].map((one) => Buffer.from(one as string));
    },
    words: [
      "%41",
      "\\u0041",
      "\\_",
      "\\:",
      "\\=",
      "\\101",
      "\\e[0m",
      "&#65;",
      "&amp;",
      "=",
      "==",
      "\\x41",
      "\\u{41}",
      "4142434445464748494a4b4c4d4e4f50",
      "QUJDREVGR0hJSktMTU5PUFFSUw",
      "QUJDREVGR0hJSktMTU5PUFFSUVJTVFVWV1hZWjAxMjM0NTY3\n",
      "\n",
      '"',
      "\0",
      "\xff\xfe",
      "\x1b[0m",
      "\x1b[38;5;1m",
      "\x1b(B",
      "\x1b]8;;",
      "\x07",
    ],
  };
}
