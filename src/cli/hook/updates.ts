import { PatrolError } from "../../model/errors.ts";

/** One ref that a push changes. An id of zeros: there is none, as the ref is new or goes away. */
export interface Update {
  readonly ref: string;
  readonly old: string;
  readonly new: string;
}

export const isNothing = (id: string) => /^0+$/.test(id);

const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Reads what git writes to a hook, a ref a line. @throws PatrolError `usage-invalid` for anything else. */
export function readUpdates(text: string, type: "pre-push" | "pre-receive"): Update[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const words = line.split(" ");
      // git push may name its side by an expression with spaces in it (`HEAD@{1 day ago}`), so its words count from behind.
      const [first = "", second = "", third = ""] = words.slice(type === "pre-push" ? -3 : 0);
      const update =
        type === "pre-push"
          ? { new: first, ref: second, old: third }
          : { old: first, new: second, ref: words.slice(2).join(" ") };
      if (!ID.test(update.old) || !ID.test(update.new) || update.ref === "")
        throw new PatrolError(
          "usage-invalid",
          `patrol hook run ${type} reads on standard input what git tells its hooks`,
        );
      return update;
    });
}

/** Whether the pre-commit framework runs us before a push: it tells of the remote then, and only then. */
export const isFrameworkPush = (env: Readonly<Record<string, string | undefined>>) =>
  Boolean(env["PRE_COMMIT_REMOTE_NAME"] || env["PRE_COMMIT_REMOTE_URL"]);

/**
 * What the pre-commit framework says instead: it keeps standard input to itself and tells of one ref by variables, the id
 * only when the remote has some of the history. Undefined: we are not run by it.
 */
export function updateFromFramework(
  env: Readonly<Record<string, string | undefined>>,
  resolve: (revision: string) => string | undefined,
): Update | undefined {
  if (!isFrameworkPush(env)) return undefined;
  const revision = env["PRE_COMMIT_TO_REF"] || env["PRE_COMMIT_LOCAL_BRANCH"] || "HEAD";
  const id = resolve(`${revision}^{commit}`);
  if (id === undefined)
    throw new PatrolError("usage-invalid", `the pre-commit framework names ${revision}, which is no commit`);
  return { new: id, old: "0".repeat(id.length), ref: env["PRE_COMMIT_REMOTE_BRANCH"] || revision };
}
