/** Files of a repository that choose other rules, the first one that is there, and files that say what is let through. */
export const CONFIGURATIONS = [".patrol.toml", ".betterleaks.toml", ".gitleaks.toml"] as const;
export const IGNORING = [".patrolignore", ".patrol-baseline", ".gitleaksignore", ".betterleaksignore"] as const;
