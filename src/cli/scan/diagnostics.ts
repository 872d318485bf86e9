import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../disk/make-folder.ts";
import { PatrolError } from "../../model/errors.ts";
import type { Arguments } from "../usage/arguments.ts";

/** What can be measured: how the inspector begins and ends it, and the file that the developer tools open. */
const KINDS: Readonly<Record<string, { begin: readonly string[]; end: string; file: string }>> = {
  cpu: { begin: ["Profiler.enable", "Profiler.start"], end: "Profiler.stop", file: "cpu.cpuprofile" },
  mem: {
    begin: ["HeapProfiler.enable", "HeapProfiler.startSampling"],
    end: "HeapProfiler.stopSampling",
    file: "mem.heapprofile",
  },
};

/**
 * `--diagnostics cpu,mem`: measures this process until the scan is over, and writes files for `--diagnostics-dir`.
 *
 * @throws PatrolError `usage-invalid` for what cannot be measured.
 */
export async function startDiagnostics(args: Arguments): Promise<{ write(): void } | undefined> {
  const asked = (args.text("diagnostics") ?? "").split(",").filter(Boolean);
  if (asked.length === 0) return undefined;
  const kinds = asked.map((name) => {
    const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
    if (kind) return kind;
    const why = name === "http" ? "opens a port, which Patrol does not" : "is not known here";
    throw new PatrolError("usage-invalid", `--diagnostics: ${name} ${why}; choose of ${Object.keys(KINDS).join(",")}`);
  });
  const folder = args.text("diagnostics-dir") ?? ".";
  const { Session } = await import("node:inspector");
  const session = new Session();
  session.connect();
  for (const method of kinds.flatMap(({ begin }) => begin)) session.post(method);
  return {
    write() {
      makeFolder(folder);
      // In its own process the inspector answers before `post` returns.
      for (const { end, file } of kinds)
        session.post(end, (_, answer?: object) =>
          writeFileSync(join(folder, file), JSON.stringify((answer as { profile?: object } | undefined)?.profile)),
        );
      session.disconnect();
    },
  };
}
