import type { Row } from "../../src/report/row.ts";
import type { Workplace } from "./patrol.ts";
import { crcToken } from "./tokens.ts";

/** Two tokens that a report without secrets tells apart by nothing. */
export async function twinTokens({ write, patrol }: Workplace): Promise<[string, string]> {
  const tokens = Array.from({ length: 60 }, (_, seed) => crcToken(seed + 700));
  write({ "many.txt": tokens.map((one) => `k = "${one}"\n`).join("") });
  const rows = JSON.parse((await patrol(["dir", "many.txt", "-r", "-", "-f", "json"])).stdout) as Row[];
  const at = rows.findIndex(({ Entropy }, index) => rows.findIndex((row) => row.Entropy === Entropy) < index);
  const before = rows.findIndex(({ Entropy }) => Entropy === rows[at]?.Entropy);
  write({ "many.txt": "" });
  return [tokens[before] ?? "", tokens[at] ?? ""];
}
