import { PatrolError } from "../model/errors.ts";

/** Full access, as Azure DevOps writes it. */
const FULL_ACCESS = "app_token";

/**
 * Areas and what may follow them, joined by `_` unless it begins with `.`; `-` is the area alone. From Azure DevOps'
 * list of scopes (azure-devops-docs, integrate/includes/scopes.md, 2025-07) and, for `pats`, its REST specification.
 */
const AREAS: Record<string, string> = {
  advsec: "- write manage",
  agentpools: "- manage",
  analytics: "-",
  auditlog: "-",
  auditstreams: "manage",
  build: "- execute",
  code: "- write manage full status",
  connected: "server",
  dashboards: "- manage",
  entitlements: "-",
  environment: "manage",
  extension: "- manage .data .data_write",
  gallery: "- acquire publish manage",
  githubconnections: "- manage",
  graph: "- manage",
  hooks: "- write interact",
  identity: "- manage",
  machinegroup: "manage",
  memberentitlementmanagement: "- write",
  notification: "- write manage diagnostics",
  packaging: "- write manage",
  pats: "- manage",
  pipelineresources: "use manage",
  profile: "- write",
  project: "- write manage",
  release: "- execute manage",
  securefiles: "read write manage",
  security: "manage",
  serviceendpoint: "- query manage",
  settings: "- write",
  symbols: "- write manage",
  taskgroups: "read write manage",
  test: "- write",
  threads: "full",
  tokenadministration: "-",
  tokens: "-",
  user: "impersonation",
  variablegroups: "read write manage",
  wiki: "- write",
  work: "- write full",
};

const SCOPES: ReadonlySet<string> = new Set([
  FULL_ACCESS,
  ...Object.entries(AREAS).flatMap(([area, words]) =>
    words.split(" ").map((word) => `vso.${area}${word === "-" ? "" : word.startsWith(".") ? word : `_${word}`}`),
  ),
]);

/** Scopes with which a stranger can change code, releases, secrets or who may do what. */
export function isHighPrivilege(scope: string): boolean {
  if (scope === FULL_ACCESS || scope === "vso.user_impersonation") return true;
  if (/^vso\.(tokens|tokenadministration|pats|advsec|pipelineresources|securefiles)/.test(scope)) return true;
  return /^vso\.(code|build|packaging|release|security|serviceendpoint)_(write|manage|full|execute)$/.test(scope);
}

/** The scopes without doubles, in order. @throws PatrolError `request-invalid`, naming the word. */
export function checkScopes(scopes: readonly string[]): string[] {
  const unique = [...new Set(scopes)];
  if (unique.length === 0)
    throw new PatrolError("request-invalid", "A token needs at least one scope, for example vso.code.");
  for (const scope of unique) {
    if (!SCOPES.has(scope))
      throw new PatrolError(
        "request-invalid",
        `Scope ${JSON.stringify(scope.slice(0, 60))} is not known: use words such as vso.code or vso.packaging_write, or app_token for full access.`,
      );
  }
  return unique;
}
