import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../config/package-root.ts";
import type { Run } from "./usage/command.ts";

/** Filled in by the bundler. */
declare const PATROL_VERSION: string | undefined;

/** The version in package.json. */
export const packageVersion = (): string =>
  (typeof PATROL_VERSION === "string" && PATROL_VERSION) ||
  (JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { version: string }).version;

export const version: Run = () => ({ exitStatus: 0, stdout: `${packageVersion()}\n`, stderr: "" });
