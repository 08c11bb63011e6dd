import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { SWEPT_BATCHES } from "../../experiments/sweeps/batch_size.ts";
import { PRESETS } from "../../experiments/presets.ts";
import { REFERENCE_PRESETS } from "../../experiments/reference.ts";
import { pathOf, recordName, writeRecord } from "../../experiments/records.ts";
import { withFolder } from "../folders.ts";
import { granted } from "../permissions.ts";
import { syntheticResults } from "../synthetic_records.ts";

const ignore = !granted("read", "run", "env");
const ROOT = new URL("../../", import.meta.url);

/** Runs a task as a user does, and gives its status and what it printed. */
async function task(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

Deno.test({
  name: "reference --missing lists every preset with its trials and time, and runs nothing",
  ignore,
  async fn() {
    const { code, out } = await task("reference", "--missing");
    assertEquals(code, 0);
    for (const name of REFERENCE_PRESETS) {
      const { experiments, trials } = PRESETS[name];
      if (experiments.length > 0) {
        const total = experiments.length * trials;
        assertMatch(out, new RegExp(`\\| ${name} \\|.*\\| \\d+ of ${total} \\| .*(s|min) \\|`));
      }
    }
    assertMatch(out, /From nothing all of it takes .*(min|h)/);
    assertStringIncludes(out, "Times depend on the machine and on what runs beside.");
  },
});

Deno.test({
  name: "reference refuses a preset and a trial that it does not have, and says which it has",
  ignore,
  async fn() {
    const preset = await task("reference", "--only", "nothing", "--missing");
    assertEquals(preset.code, 1);
    assertStringIncludes(preset.err, 'no preset "nothing", only rates, claims');
    const trial = await task("reference", "--check", "mlp-pre-99");
    assertEquals(trial.code, 1);
    assertStringIncludes(trial.err, 'no trial "mlp-pre-99"');
  },
});

Deno.test({
  name: "the rows of the design are shared out in slices, each trial in one of them",
  ignore,
  async fn() {
    const askedOf = async (...args: string[]) => {
      const { out, err } = await task("reference:new", "--missing", "--choosing", ...args);
      const [, asked] = out.match(/^(?:Missing|Nothing is missing) of .* (\d+) trials?\.$/m) ?? [];
      return Number(asked ?? `no trials: ${out}${err}`);
    };
    const all = await askedOf("--only", "C1-rates");
    const slices = await Promise.all(
      [1, 2, 3].map((number) => askedOf("--only", "C1-rates", "--slice", `${number}/3`)),
    );
    assertEquals(slices.reduce((sum, asked) => sum + asked, 0), all);
    assert(slices.every((asked) => asked > 0));
    const unknown = await task("reference:new", "--only", "Z9");
    assertEquals(unknown.code, 1);
    assertStringIncludes(unknown.err, 'There is no row "Z9", only A3, A4');
  },
});

Deno.test({
  name: "reference --check trains nothing where bits cannot agree: without fused multiply-add",
  ignore: ignore || Deno.build.arch !== "x86_64", // V8 has the switch there alone
  async fn() {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      // deno-fmt-ignore
      args: [
        "run", "--v8-flags=--no-enable-fma3",
        "--allow-read", "--allow-env", "--allow-sys", "experiments/reference_main.ts", "--check",
      ],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    const err = new TextDecoder().decode(stderr);
    assertEquals(code, 1);
    assertMatch(err, /^error: Cannot compare .*: this processor rounds twice where .* once/);
    assert(!err.includes("Running"), err);
  },
});

Deno.test({
  name: "verdicts prints every section from the records of the repository alone",
  ignore,
  async fn() {
    const { code, out } = await task("verdicts");
    assertEquals(code, 0);
    for (const title of ["Claims", "Test accuracy", "Differences", "learning rate"]) {
      assertMatch(out, new RegExp(`^## .*${title}`, "m"));
    }
    assert(!out.includes("too few trials"), "the reference run has trials enough");
  },
});

Deno.test({
  name: "verdicts --long shows accuracy and noise at every batch size of the sweep, by either rule",
  ignore,
  async fn() {
    const { code, out } = await task("verdicts", "--long");
    assertEquals(code, 0);
    const section = out.slice(out.indexOf("## Batch sizes"), out.indexOf("## Test accuracy"));
    for (const size of SWEPT_BATCHES) {
      const rows = section.match(
        new RegExp(`^\\| ${size} \\|.*\\| 3 \\|( [\\d.]+ [^|]*\\|){5}$`, "gm"),
      );
      assertEquals(rows?.length, 2, `batches of ${size}`);
    }
  },
});

Deno.test({
  name: "verdicts says what to do where a folder holds no records",
  ignore,
  async fn() {
    const { code, err } = await task("verdicts", "--records", "tests/reference");
    assertEquals(code, 1);
    assertStringIncludes(err, "deno task train");
  },
});

Deno.test({
  name:
    "verdicts prints what it can without a damaged record, then says so and exits with status 1",
  ignore: ignore || !granted("write"),
  async fn() {
    await withFolder(async (folder) => {
      const full = new URL("full/", folder);
      const trials = syntheticResults();
      for (const record of trials) await writeRecord(full, record);
      const args = ["verdicts", "--records", fileURLToPath(folder)];
      const whole = await task(...args);
      assertEquals([whole.code, whole.err.includes("assed over")], [0, false]);

      const file = new URL(recordName(trials[0].experiment, trials[0].seed), full);
      await Deno.writeTextFile(file, (await Deno.readTextFile(file)).slice(0, 1000));
      const { code, out, err } = await task(...args);
      assertEquals(code, 1);
      assertStringIncludes(err, `Passed over: ${pathOf(file)} is not JSON`);
      assertStringIncludes(err, "Damaged and passed over: 1 file,");
      assertMatch(out, /^\| MLP, BN before the activation \| 2 \|/m);
      assertMatch(out, /^## .*shared and at the own rate/m, "the last section");
    });
  },
});

Deno.test({
  name: "verdicts counts a record that lies there twice once, and says so",
  ignore: ignore || !granted("write"),
  async fn() {
    await withFolder(async (folder) => {
      const full = new URL("full/", folder);
      for (const record of syntheticResults()) await writeRecord(full, record);
      await Deno.copyFile(new URL("mlp-pre-1.json", full), new URL("mlp-pre-1 copy.json", full));
      const { code, out, err } = await task("verdicts", "--records", fileURLToPath(folder));
      assertEquals(code, 0);
      assertStringIncludes(err, "mlp-pre: 2 records have seed 1; one of them is counted.");
      assertMatch(out, /^\| MLP, BN before the activation \| 3 \|/m);
    });
  },
});

Deno.test({
  name: "both commands explain themselves",
  ignore,
  async fn() {
    for (const name of ["reference", "verdicts"]) {
      const { code, out } = await task(name, "--help");
      assertEquals(code, 0);
      assertStringIncludes(out, `Usage: deno task ${name}`);
    }
  },
});
