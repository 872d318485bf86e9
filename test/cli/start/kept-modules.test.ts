import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, test } from "vitest";
import { mayKeepModules } from "../../../src/cli/start/kept-modules.ts";
import { builtProgram } from "../../support/hooks.ts";
import { inWorkplace } from "../../support/patrol.ts";
import { crcToken } from "../../support/tokens.ts";

beforeAll(builtProgram);

/** Enough that V8 optimises what goes through it, and that the run is long enough for its code to be kept, on fast machines too. */
const lines = Array.from({ length: 8_000 }, (_, line) => `key${line} = "${crcToken(line % 7)}"\n`);

test(
  "code that V8's optimiser made of WebAssembly is taken by the next run, which finds the same; what is damaged or may be another's is made anew",
  inWorkplace(async ({ folder, write, patrol }) => {
    write({ "keys.txt": lines.join("") });
    const kept = join(`${folder}-cache`, "patrol/modules");
    const file = () => {
      const names = readdirSync(kept);
      assert.equal(names.length, 1);
      return join(kept, names[0] ?? "none");
    };
    const found = async () => {
      const { status, stdout, stderr } = await patrol(["dir", ".", "--threads", "1", "-f", "json", "-r", "-"]);
      assert.equal(status, 1, stderr);
      return stdout;
    };
    const first = await found();
    assert.equal((JSON.parse(first) as unknown[]).length, lines.length);
    if (!mayKeepModules) return assert.ok(!existsSync(kept));
    assert.deepEqual([statSync(file()).mode & 0o777, statSync(kept).mode & 0o777], [0o600, 0o700]);

    const long = new Date("2026-01-31T12:00:00Z");
    const isTaken = async (how: string) => {
      utimesSync(file(), long, long);
      assert.equal(await found(), first, how);
      return statSync(file()).mtimeMs === long.getTime();
    };
    assert.ok(await isTaken("as it was kept"));

    const whole = readFileSync(file());
    const at = (whole.length * 3) >> 3;
    writeFileSync(
      file(),
      whole.map((byte, place) => (place === at ? byte ^ 1 : byte)),
    );
    assert.ok(!(await isTaken("damaged")));
    chmodSync(file(), 0o620);
    assert.ok(!(await isTaken("writable by the group")));
    assert.equal(statSync(file()).mode & 0o777, 0o600);
  }),
);

test(
  "a longer run keeps its code instead of a shorter one's, and a shorter one leaves a longer one's",
  inWorkplace(async ({ folder, write, patrol }) => {
    if (!mayKeepModules) return;
    write({ "few/keys.txt": lines.slice(0, 300).join(""), "many/keys.txt": lines.join("") });
    const kept = join(`${folder}-cache`, "patrol/modules");
    const keptMs = async (within: string) => {
      const { status, stderr } = await patrol(["dir", within, "--threads", "1"]);
      assert.equal(status, 1, stderr);
      const [name = "none"] = readdirSync(kept);
      return readFileSync(join(kept, name)).readUInt32LE();
    };
    const few = await keptMs("few");
    const many = await keptMs("many");
    assert.ok(many > few, `${many} ms behind ${few} ms`);
    assert.equal(await keptMs("few"), many);
  }),
);
