import type { Run } from "./usage/command.ts";
import { gather, ignoreRoot } from "./gather.ts";
import { ownerOf } from "./ignore.ts";
import { counted } from "./terminal/look.ts";
import { entriesFor } from "./suppress/known-entries.ts";
import { BASELINE_FILE } from "./suppress/ignore-book.ts";
import { today } from "./suppress/ignore-entry.ts";
import { changeIgnoreFile, writingKey } from "./suppress/ignore-write.ts";

/** `patrol baseline`: takes down what is found today, so that scans report only what comes after. */
export const baseline: Run = async (args, terminal) => {
  const folder = ignoreRoot();
  const found = (await gather(args, terminal, [BASELINE_FILE])).filter(({ reason }) => !reason);
  const key = writingKey(folder, terminal.env);
  const reason = args.text("reason") ?? `known on ${today()}`;
  const entries = entriesFor(found, key, ownerOf(args.text("owner")), () => reason);
  // An entry that stays keeps its day and its owner.
  const written = changeIgnoreFile(folder, BASELINE_FILE, (known) => {
    const before = new Map(known.map((entry) => [`${entry.digest} ${entry.rule}`, entry]));
    return entries.map((entry) => before.get(`${entry.digest} ${entry.rule}`) ?? entry);
  });
  const says =
    entries.length === 0
      ? "nothing is found that is not known: there is nothing to take down\n"
      : `${counted(entries.length, "known secret")}, leaked all the same: revoke what can be revoked\n`;
  return { exitStatus: 0, stdout: "", stderr: says + written.map((line) => `${line}\n`).join("") };
};
