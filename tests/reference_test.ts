import { assertAlmostEquals, assertEquals } from "@std/assert";
import { loadFashionMnist } from "../data/fashion_mnist.ts";
import { prepareBackend } from "../experiments/backend.ts";
import { type Preset, PRESETS } from "../experiments/presets.ts";
import { BEST_RATES, bestRate, RATED_MODELS } from "../experiments/rates.ts";
import {
  cheapest,
  deviations,
  estimateSeconds,
  referenceParts,
  rerun,
  TOLERANCE,
} from "../experiments/reference.ts";
import { missingTrials, summarizeExperiments } from "../experiments/summary.ts";
import { granted } from "./permissions.ts";
import { syntheticRecord, syntheticTrials } from "./synthetic_records.ts";

const RECORD = syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.88 });

Deno.test("a rerun on the same machine may differ in times, and in nothing else", () => {
  const again = syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.88 });
  again.seconds.total = 99;
  again.epochs[0].seconds = 7;
  again.started = "2026-02-02T00:00:00.000Z";
  again.environment.jobs = 1;
  assertEquals(deviations(RECORD, again), []);
  const other = { ...again, weights: "e".repeat(64) };
  assertEquals(deviations(RECORD, other), ["weights is not what the record has"]);
});

Deno.test("a rerun on another machine may differ by the tolerance", () => {
  const elsewhere = { ...RECORD.environment, cpu: "Another CPU" };
  const of = (accuracy: number) =>
    syntheticRecord({
      name: "mlp-pre",
      seed: 1,
      accuracy,
      record: { environment: elsewhere, weights: "e".repeat(64) },
    });
  assertEquals(deviations(RECORD, of(0.88 - TOLERANCE / 2)), []);
  assertEquals(deviations(RECORD, of(0.88 - 2 * TOLERANCE)).length, 2, "with either statistics");
});

Deno.test("the time of a preset is that of its recorded trials, shared by the jobs", () => {
  const preset: Preset = { ...PRESETS.assignment, trials: 2 };
  const records = ["mlp-pre", "mlp-post", "cnn-pre", "cnn-post"].flatMap((name) =>
    syntheticTrials(name, [0.9]) // 55 s each
  );
  assertAlmostEquals(estimateSeconds(preset, records, 2)!, 4 * 2 * 55 / 2, 1e-9);
});

Deno.test("an experiment without records is estimated by its architecture, or not at all", () => {
  const [mlpPre] = PRESETS.assignment.experiments;
  const longer: Preset = {
    name: "longer",
    description: "",
    experiments: [{ ...mlpPre, name: "mlp-longer", epochs: 10 }],
    trials: 1,
  };
  assertAlmostEquals(estimateSeconds(longer, syntheticTrials("mlp-post", [0.9]), 1)!, 110, 1e-9);
  assertEquals(estimateSeconds(longer, syntheticTrials("cnn-pre", [0.9]), 1), undefined);
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

Deno.test({
  name: "the cheapest trial of the reference run is reproduced",
  ignore,
  async fn() {
    const parts = await referenceParts();
    const record = cheapest(
      parts.flatMap(({ records }) => records).filter(({ diverged }) => diverged === null),
    );
    await prepareBackend(record.kernels);
    assertEquals(deviations(record, await rerun(record, await loadFashionMnist())), []);
  },
});
