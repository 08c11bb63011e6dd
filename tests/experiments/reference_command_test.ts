import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { prepareBackend } from "../../experiments/backend.ts";
import { hasFusedMultiplyAdd } from "../../kernels/mod.ts";
import { trialName } from "../../experiments/check.ts";
import {
  pathOf,
  readFolder,
  recordName,
  REFERENCE,
  writeRecord,
} from "../../experiments/records.ts";
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

/** What `deno task reference --missing` says: its status, how many trials it asks for and lacks. */
async function missingOf(...args: string[]) {
  const { code, out } = await task("reference", "--missing", ...args);
  const said = /^(?:Missing|Nothing is missing) of rows .*: (?:(\d+) of )?([\d,]+) trials?\.$/m;
  const [, missing = "0", asked] = out.match(said) ?? [];
  return { code, out, asked: Number(asked.replaceAll(",", "")), missing: Number(missing) };
}

Deno.test({
  name: "reference --missing tells of every row that is reported, or of all that choose",
  ignore,
  async fn() {
    for (
      const [args, rows] of [[[], "A3, A4, A1"], [["--choosing"], "R-rates, A4-rates"]] as const
    ) {
      const { code, out, asked, missing } = await missingOf(...args);
      assertEquals(code, missing > 0 ? 1 : 0, out);
      assert(asked > 100 && missing < asked, out);
      assertStringIncludes(out, ` of rows ${rows}`);
      assertEquals(out.match(/^They take about .* at a time, by the times/m) !== null, missing > 0);
    }
  },
});

Deno.test({
  name: "reference --missing of rows that are there says so, with status 0",
  ignore,
  async fn() {
    assertEquals(
      (await missingOf("--only", "A4")).out,
      "Nothing is missing of rows A4: 72 trials.\n",
    );
  },
});

Deno.test({
  name: "reference refuses a row and a trial that it does not have, and says which it has",
  ignore,
  async fn() {
    const row = await task("reference", "--only", "Z9", "--missing");
    assertEquals(row.code, 1);
    assertStringIncludes(row.err, 'There is no row "Z9", only A3, A4');
    const trial = await task("reference", "--check", "mlp-pre-99");
    assertEquals(trial.code, 1);
    assertStringIncludes(trial.err, 'no trial "mlp-pre-99"');
  },
});

Deno.test({
  name: "the rows of the design are shared out in slices, each trial in one of them",
  ignore,
  async fn() {
    for (const which of [["--only", "A4"], ["--choosing", "--only", "C1-rates"]]) {
      const { asked: all } = await missingOf(...which);
      const slices = await Promise.all(
        [1, 2, 3].map((number) => missingOf(...which, "--slice", `${number}/3`)),
      );
      assertEquals(slices.reduce((sum, { asked }) => sum + asked, 0), all);
      assert(slices.every(({ asked }) => asked > 0));
    }
  },
});

Deno.test({
  name: "reference --rates lists the rate that the records choose for each design",
  ignore,
  async fn() {
    const { code, out } = await task("reference", "--rates");
    assertEquals(code, 0);
    assertMatch(out, /^\| mlp-pre-20k \| 0\.3 \|$/m);
    assertMatch(out, /^\| cnn-pre-20k \| 1 \|$/m);
  },
});

Deno.test({
  name:
    "reference --check makes the cheapest trial again, and the cheapest that diverged, to the bit",
  ignore: ignore || !await prepareBackend().then(hasFusedMultiplyAdd),
  async fn() {
    const { records } = await readFolder(REFERENCE);
    const cheapest = [false, true].map((gone) =>
      records.filter(({ diverged }) => (diverged !== null) === gone)
        .reduce((a, b) => b.seconds.total < a.seconds.total ? b : a)
    );
    for (const record of cheapest) {
      const { code, out, err } = await task("reference", "--check", trialName(record));
      assertEquals(out, `${trialName(record)} reproduces every number of its record.\n`, err);
      assertEquals(code, 0);
    }
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
    const titles = (out: string) => out.match(/^## .*$/gm);
    const { code, out } = await task("verdicts");
    assertEquals(code, 0);
    const short = [
      "Speed and quality",
      "Before against after",
      "With against without",
      "Every claim",
    ]
      .map((title) => `## ${title}`);
    assertEquals(titles(out), short);
    assertMatch(out, /^\| A4 \| why BN before leads in the MLP: .*\*\*.*\*\* \|$/m);
    const long = await task("verdicts", "--long");
    assertEquals(titles(long.out), [...short, "## Every claim in words"]);
    assertStringIncludes(long.out, "### A4: why BN before leads in the MLP\n");
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
      const trials = syntheticResults();
      for (const record of trials) await writeRecord(folder, record);
      const args = ["verdicts", "--records", fileURLToPath(folder)];
      const whole = await task(...args);
      assertEquals([whole.code, whole.err.includes("assed over")], [0, false]);

      const file = new URL(recordName(trials[0].experiment, trials[0].seed), folder);
      await Deno.writeTextFile(file, (await Deno.readTextFile(file)).slice(0, 1000));
      const { code, out, err } = await task(...args);
      assertEquals(code, 1);
      assertStringIncludes(err, `Passed over: ${pathOf(file)} is not JSON`);
      assertStringIncludes(err, "Damaged and passed over: 1 file,");
      assertMatch(out, /^\| A3 \| before is better than after: MLP, 5 epochs \| .* of 2 \|/m);
      assertMatch(out, /^## Every claim$/m, "the last section");
    });
  },
});

Deno.test({
  name: "verdicts counts a record that lies there twice once, and says so",
  ignore: ignore || !granted("write"),
  async fn() {
    await withFolder(async (folder) => {
      for (const record of syntheticResults()) await writeRecord(folder, record);
      await Deno.copyFile(
        new URL("mlp-pre-1.json", folder),
        new URL("mlp-pre-1 copy.json", folder),
      );
      const { code, out, err } = await task("verdicts", "--records", fileURLToPath(folder));
      assertEquals(code, 0);
      assertStringIncludes(err, "mlp-pre: 2 records have seed 1; one of them is counted.");
      assertMatch(out, /^\| A3 \| before is better than after: MLP, 5 epochs \| .* of 3 \|/m);
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
