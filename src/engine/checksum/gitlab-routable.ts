import { suffixChecksum } from "./checksum.ts";
import { crc32 } from "./crc32.ts";

/** CRC-32 of all that stands before, prefix included, as seven base36 digits (GitLab, "Routable tokens" design). */
export const gitlabRoutable = suffixChecksum(7, (body) => crc32(body).toString(36).padStart(7, "0"));
