import { suffixChecksum } from "./checksum.ts";
import { crc32 } from "./crc32.ts";

/** CRC-32 of prefix and body, without the `_` before the sum; its bytes, lowest first, in hex (Grafana, `satokengen`). */
export const grafana = suffixChecksum(8, (body) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(crc32(body.slice(0, -1)));
  return bytes.toString("hex");
});
