import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inspect } from "node:util";
import { test } from "vitest";
import { loadConfig, SECRETS } from "../../src/config/config.ts";
import { publicUrl } from "../../src/config/listen.ts";
import { PatrolError } from "../../src/model/errors.ts";
import { temporaryFolder } from "../support/postgres.ts";

const bytes = (seed: string) => createHash("sha256").update(seed).digest();
const pepper = (id: string) => `${id}:${bytes(id).toString("base64")}`;
const pem = () => generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();

test("nothing has to be set", () => {
  const folder = temporaryFolder();
  const config = loadConfig({}, folder);
  assert.equal(config.dataFolder, join(folder, ".patrol"));
  assert.equal(publicUrl(config.listen), "http://127.0.0.1:4242");
  assert.deepEqual(
    [config.databaseUrl, config.redisUrl, config.mail.smtpUrl, config.github.app],
    [undefined, undefined, undefined, undefined],
  );
  assert.equal(config.github.apiUrl, "https://api.github.com");
  assert.equal(config.tokenPrefix, "patrol_");
  assert.ok(Object.isFrozen(config));
  assert.ok(!existsSync(config.dataFolder), "reading the settings writes nothing");
});

test("a generated value is made when first needed, readable by its owner alone, and stays", () => {
  const folder = temporaryFolder();
  const config = loadConfig({}, folder);
  const shown = config.github.newWebhookSecret?.reveal();
  const [made] = config.peppers;
  assert.equal(made?.key.length, 32);
  for (const name of ["peppers", "webhook-secret"])
    assert.equal(statSync(join(folder, ".patrol", name)).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, ".patrol")).mode & 0o777, 0o700);

  const again = loadConfig({}, folder);
  assert.deepEqual(again.peppers, config.peppers);
  assert.equal(again.github.newWebhookSecret, undefined, "shown once");
  assert.equal(again.github.webhookSecrets[0]?.reveal(), shown);
});

test("the environment wins over patrol.yaml", () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, "patrol.yaml"),
    `PORT: 8080\nHOST: 0.0.0.0\nPATROL_PEPPERS: [${pepper("new")}, ${pepper("old")}]\n`,
  );
  const config = loadConfig({ PORT: "9090", HOST: "" }, folder);
  assert.equal(publicUrl(config.listen), "http://localhost:9090");
  assert.deepEqual(
    config.peppers.map(({ id }) => id),
    ["new", "old"],
  );
});

test("every secret can come from a file, and shows itself nowhere", () => {
  const folder = temporaryFolder();
  const marker = bytes("marker").toString("hex");
  const key = pem();
  const values: Record<string, string> = {
    DATABASE_URL: `postgres://u:${marker}@db.example/p`,
    REDIS_URL: `redis://:${marker}@redis.example`,
    SMTP_URL: `smtp://u:${marker}@mail.example`,
    GITHUB_WEBHOOK_SECRETS: `${marker},${marker}2`,
    GITHUB_APP_PRIVATE_KEY: key.replaceAll("\n", "\\n"),
    PATROL_PEPPERS: pepper("one"),
  };
  assert.deepEqual(Object.keys(values).sort(), [...SECRETS].sort());
  const env: Record<string, string> = { GITHUB_APP_ID: "7", MAIL_FROM: "Patrol <patrol@acme.example>" };
  for (const [name, value] of Object.entries(values)) {
    writeFileSync(join(folder, name), `${value}\n`);
    env[`${name}_FILE`] = join(folder, name);
  }
  const config = loadConfig(env, folder);
  assert.equal(config.databaseUrl?.reveal(), values["DATABASE_URL"]);
  assert.equal(config.github.app?.privateKey.reveal().trimEnd(), key.trimEnd());
  assert.deepEqual(
    config.github.webhookSecrets.map((secret) => secret.reveal()),
    [marker, `${marker}2`],
  );
  const seen = inspect(config, { depth: 9, showHidden: true, getters: true }) + JSON.stringify(config);
  assert.ok(!seen.includes(marker));
  assert.ok(!seen.includes(key.slice(40, 60)));
  assert.ok(!JSON.stringify(config).includes(JSON.stringify(config.peppers[0]?.key)));
});

const wrong: [key: string, env: Record<string, string>][] = [
  ["PORT", { PORT: "eighty" }],
  ["PORT", { PORT: "70000" }],
  ["PUBLIC_URL", { PUBLIC_URL: "patrol.acme.example" }],
  ["DATABASE_URL", { DATABASE_URL: "mysql://root:hunter2@db.example/x" }],
  ["DATABASE_URL", { DATABASE_URL: "postgres://u:hunter2@db.example/x", DATABASE_URL_FILE: "url" }],
  ["REDIS_URL_FILE", { REDIS_URL_FILE: "nowhere" }],
  ["MAIL_FROM", { SMTP_URL: "smtp://u:hunter2@mail.example" }],
  ["MAIL_FROM", { MAIL_FROM: "patrol@acme.example\r\nBcc: all@acme.example" }],
  ["PATROL_PEPPERS", { PATROL_PEPPERS: "hunter2" }],
  ["PATROL_PEPPERS", { PATROL_PEPPERS: `short:${Buffer.from("hunter2").toString("base64")}` }],
  ["PATROL_PEPPERS", { PATROL_PEPPERS: `${pepper("same")},${pepper("same")}` }],
  ["PATROL_TOKEN_PREFIX", { PATROL_TOKEN_PREFIX: "Patrol" }],
  ["GITHUB_WEBHOOK_SECRETS", { GITHUB_WEBHOOK_SECRETS: "hunter2" }],
  ["GITHUB_APP_PRIVATE_KEY", { GITHUB_APP_ID: "7" }],
  ["GITHUB_APP_ID", { GITHUB_APP_PRIVATE_KEY: pem() }],
  ["GITHUB_APP_PRIVATE_KEY", { GITHUB_APP_ID: "7", GITHUB_APP_PRIVATE_KEY: "hunter2" }],
  ["GITHUB_URL", { GITHUB_URL: "https://user:hunter2@github.example" }],
  ["LOG_LEVEL", { LOG_LEVEL: "loud" }],
];
for (const [key, env] of wrong)
  test(`a wrong ${Object.keys(env).join(" with ")} is refused by its name, ${key}, and not shown`, () => {
    assert.throws(
      () => loadConfig(env, temporaryFolder()),
      (error) =>
        error instanceof PatrolError &&
        error.code === "setting-invalid" &&
        error.message.startsWith(`Setting ${key}: `) &&
        !inspect(error).includes("hunter2"),
    );
  });

test("patrol.yaml has the limit of every configuration, and is a file", () => {
  const path = join(temporaryFolder(), "patrol.yaml");
  writeFileSync(path, "# x\n");
  truncateSync(path, (16 << 20) + 1);
  assert.throws(
    () => loadConfig({}, dirname(path)),
    /patrol\.yaml has 16777217 bytes, more than the 16777216 that such a file may have/,
  );
  rmSync(path);
  execFileSync("mkfifo", [path]);
  assert.throws(() => loadConfig({}, dirname(path)), /patrol\.yaml is no file; nothing is read from it/);
  rmSync(path);
  mkdirSync(path);
  assert.throws(() => loadConfig({}, dirname(path)), /patrol\.yaml is no file/);
});

test("an unknown name in patrol.yaml is an error, and so is a file that is not YAML", () => {
  const folder = temporaryFolder();
  const path = join(folder, "patrol.yaml");
  writeFileSync(path, "DATABSE_URL: x\n");
  assert.throws(() => loadConfig({}, folder), /patrol\.yaml: there is no setting DATABSE_URL/);
  writeFileSync(path, "PORT: 1\nPATROL_PEPPERS: [hunter2\n");
  assert.throws(
    () => loadConfig({}, folder),
    (error) => /not valid YAML/.test(String(error)) && !inspect(error).includes("hunter2"),
  );
});
