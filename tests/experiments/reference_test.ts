import { assertAlmostEquals, assertEquals } from "@std/assert";
import { loadFashionMnist } from "../../data/fashion_mnist.ts";
import { hasFusedMultiplyAdd, prepareBackend } from "../../experiments/backend.ts";
import { type Preset, PRESETS } from "../../experiments/presets.ts";
import { BEST_RATES, bestRate, RATED_MODELS } from "../../experiments/rates.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { readFolder } from "../../experiments/records.ts";
import { differencesFrom, estimateSeconds, referenceParts } from "../../experiments/reference.ts";
import { runTrial } from "../../experiments/trial.ts";
import { missingTrials } from "../../experiments/missing.ts";
import { summarizeExperiments } from "../../findings/summary.ts";
import { granted } from "../permissions.ts";
import { syntheticRecord, syntheticTrials } from "../synthetic_records.ts";

const RECORD = syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.88 });

Deno.test("a rerun may differ in times and in the machine, and in nothing else", () => {
  const again = syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.88 });
  again.seconds.total = 99;
  again.epochs[0].seconds = 7;
  again.started = "2026-02-02T00:00:00.000Z";
  again.environment = { ...again.environment, jobs: 1, cpu: "Another CPU", os: "darwin aarch64" };
  assertEquals(differencesFrom(RECORD, again), []);
  again.test.moving.confusion[0][1] += 1;
  again.epochs[0].train.loss! += 2 ** -40;
  const other = { ...again, weights: "e".repeat(64) };
  assertEquals(differencesFrom(RECORD, other), [
    "test is not what the record has",
    "weights is not what the record has",
    "epochs is not what the record has",
  ]);
});

Deno.test("the time of a preset is that of its recorded trials, shared by the jobs", () => {
  const preset: Preset = { ...PRESETS.assignment, trials: 2 };
  const records = ["mlp-pre", "mlp-post", "cnn-pre", "cnn-post"].flatMap((name) =>
    syntheticTrials(name, [0.9]) // 55 s each
  );
  assertAlmostEquals(estimateSeconds(preset, records, 2), 4 * 2 * 55 / 2, 1e-9);
});

Deno.test("an experiment without records is estimated by its architecture, or not at all", () => {
  const [mlpPre] = PRESETS.assignment.experiments;
  const longer: Preset = {
    name: "longer",
    description: "",
    experiments: [{ ...mlpPre, name: "mlp-longer", epochs: 10 }],
    trials: 1,
  };
  // Twice the epochs, but the scores after the last one are made once.
  assertAlmostEquals(estimateSeconds(longer, syntheticTrials("mlp-post", [0.9]), 1), 106, 1);
  assertEquals(estimateSeconds(longer, syntheticTrials("cnn-pre", [0.9]), 1), NaN);
});

// ---- The records in the repository ----------------------------------------------------------------

const ignore = !granted("read");

Deno.test({
  name: "the reference run is complete: schema, checksums, configuration and seeds of every record",
  ignore,
  async fn() {
    for (const { preset, records } of await referenceParts()) {
      assertEquals(missingTrials(preset, records), [], preset.name);
      assertEquals(records.length, preset.experiments.length * preset.trials, preset.name);
      assertEquals(summarizeExperiments(records).warnings, [], preset.name);
    }
  },
});

Deno.test({
  name: "every record of the reference run comes from the embedded data and our kernels",
  ignore,
  async fn() {
    const { checksum } = await loadFashionMnist();
    for (const { records } of await referenceParts()) {
      for (const { data, kernels } of records) {
        assertEquals([data.checksum, kernels], [checksum, "own"]);
      }
    }
  },
});

Deno.test({
  name: "the best rates are those that the grid's records choose",
  ignore,
  async fn() {
    const rates = (await referenceParts()).find(({ preset }) => preset.name === "rates")!;
    for (const model of RATED_MODELS) {
      assertEquals(BEST_RATES[model], bestRate(model, rates.records), model);
    }
  },
});

// ---- Trials made again ----------------------------------------------------------------------------

/** Whether this processor gives the bits of the records. */
const sameBits = !ignore && await fusedHere();

async function fusedHere(): Promise<boolean> {
  await prepareBackend("own");
  return hasFusedMultiplyAdd();
}

if (!ignore && !sameBits) {
  console.log(
    "Tests of the reference's bits are skipped: this processor has no fused multiply-add.",
  );
}

/** A test that the trials of some records come out to the bit: weights, losses, confusion and all. */
function testReproduced(what: string, records: () => Promise<TrialRecord[]>): void {
  Deno.test({
    name: `${what} comes out to the bit on every processor with fused multiply-add`,
    ignore: !sameBits,
    async fn() {
      const data = await loadFashionMnist();
      for (const record of await records()) {
        await prepareBackend(record.kernels);
        assertEquals(
          differencesFrom(record, await runTrial(record.experiment, record.seed, data)),
          [],
          record.experiment.name,
        );
      }
    },
  });
}

testReproduced("the cheapest trial of the reference run, and of those that diverged,", async () => {
  const trials = (await referenceParts()).flatMap(({ records }) => records);
  return [true, false].map((diverged) =>
    trials.filter((trial) => (trial.diverged !== null) === diverged)
      .reduce((a, b) => b.seconds.total < a.seconds.total ? b : a)
  );
});

for (const name of ["mlp-pre", "cnn-post"]) {
  testReproduced(`${name} of the size of preset quick`, async () => {
    const { records } = await readFolder(new URL("../reference/trials/", import.meta.url));
    return [records.find(({ experiment }) => experiment.name === name)!];
  });
}
