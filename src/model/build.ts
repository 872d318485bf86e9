/** Put in by scripts/build.mjs: a SHA-256 over the bundles and what decides how a configuration is read and compiled. */
declare const PATROL_BUILD: string | undefined;

/** Undefined where it would say nothing: run from source, in the service, and in the standalone binary. */
export const BUILD = typeof PATROL_BUILD === "undefined" ? undefined : PATROL_BUILD;

/** What is said of a file in dist/ that another build left there: an installation that was updated in part. */
export const ofAnotherBuild = (path: string) =>
  `${path} is of another build than this program; run npm run build, or install Patrol again`;

/** Refuses a bundle that another build left beside this one: they would take each other's words for something else. */
export function checkBuild(name: string, build: string | undefined): void {
  if (BUILD !== undefined && BUILD !== build) throw new Error(ofAnotherBuild(name));
}
