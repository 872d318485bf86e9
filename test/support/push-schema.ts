import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

let validate: ((payload: unknown) => string[]) | undefined;

/** What GitHub's own schema of a push event has against a payload; nothing when it is valid. */
export function pushSchemaErrors(payload: unknown): string[] {
  validate ??= compile();
  return validate(payload);
}

function compile() {
  const file = createRequire(import.meta.url).resolve("@octokit/openapi-webhooks/package.json");
  const description = JSON.parse(
    readFileSync(file.replace("package.json", "generated/api.github.com.json"), "utf8"),
  ) as { components: object };
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  // Templates such as `…{/key_id}` count as a format of their own.
  addFormats.default(ajv);
  ajv.addSchema({ $id: "https://github.example/description", components: description.components });
  const check = ajv.compile({ $ref: "https://github.example/description#/components/schemas/webhook-push" });
  return (payload: unknown) =>
    check(payload) ? [] : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}
