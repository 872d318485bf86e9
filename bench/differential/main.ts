// Holds the fast ways against slow ones that cannot be wrong.
// Usage: npm run bench:differential -- [--rules gitleaks.toml] [--seed N] [FOLDER...]
//        npm run bench:differential -- --repo REPOSITORY [--rules gitleaks.toml] [--decode-depth N] [--quick]
await (process.argv.includes("--repo") ? import("./histories.ts") : import("./texts.ts"));
