import type { ChecksumName } from "../../model/rule.ts";
import { azureDevopsLegacy } from "./azure-devops-legacy.ts";
import { azureDevops } from "./azure-devops.ts";
import { base58Check, tezos, xrpSeed } from "./base58-check.ts";
import { bech32 } from "./bech32.ts";
import type { Checksum } from "./checksum.ts";
import { cratesTrustpub } from "./crates-trustpub.ts";
import { crc32Base62 } from "./crc32-base62.ts";
import { gitlabRoutable } from "./gitlab-routable.ts";
import { grafana } from "./grafana.ts";
import { jsonWebToken } from "./json-web-token.ts";
import { jsr } from "./jsr.ts";
import { natsNkey } from "./nats-nkey.ts";
import { sanctum } from "./sanctum.ts";
import { stellar } from "./stellar.ts";
import { matrixAuthentication, synapse } from "./synapse.ts";
import { vercel } from "./vercel.ts";
import { zuplo } from "./zuplo.ts";

export type { Checksum } from "./checksum.ts";

/** Every checksum that a rule may name. */
export const CHECKSUMS: Readonly<Record<ChecksumName, Checksum>> = {
  "azure-devops": azureDevops,
  "azure-devops-legacy": azureDevopsLegacy,
  base58check: base58Check,
  bech32,
  "crates-trustpub": cratesTrustpub,
  "crc32-base62": crc32Base62,
  "gitlab-routable": gitlabRoutable,
  grafana,
  "json-web-token": jsonWebToken,
  jsr,
  "matrix-authentication": matrixAuthentication,
  "nats-nkey": natsNkey,
  sanctum,
  stellar,
  synapse,
  tezos,
  vercel,
  "xrp-seed": xrpSeed,
  zuplo,
};
