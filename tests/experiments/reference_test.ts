import { assert, assertEquals } from "@std/assert";
import { loadFashionMnist } from "../../data/fashion_mnist.ts";
import { prepareBackend } from "../../experiments/backend.ts";
import { hasFusedMultiplyAdd } from "../../kernels/mod.ts";
import { differencesFrom } from "../../experiments/check.ts";
import { isTrialOf } from "../../experiments/missing.ts";
import { readFolder, REFERENCE } from "../../experiments/records.ts";
import { keyOf } from "../../experiments/slice.ts";
import { runTrial } from "../../experiments/trial.ts";
import { CHOOSING_ROWS, REPORTING_ROWS } from "../../experiments/sweeps/mod.ts";
import { granted } from "../permissions.ts";
import { syntheticRecord } from "../synthetic_records.ts";

const ignore = !granted("read");

Deno.test("a rerun may differ in times and in the machine, and in nothing else", () => {
  const [record, again] = [1, 1].map((seed) =>
    syntheticRecord({ name: "mlp-pre", seed, accuracy: 0.88 })
  );
  again.seconds.total = 99;
  again.epochs[0].seconds = 7;
  again.started = "2026-02-02T00:00:00.000Z";
  again.environment = { ...again.environment, jobs: 1, cpu: "Another CPU", os: "darwin aarch64" };
  assertEquals(differencesFrom(record, again), []);
  again.test.moving.confusion[0][1] += 1;
  again.epochs[0].train.loss! += 2 ** -40;
  const other = { ...again, weights: "e".repeat(64) };
  assertEquals(differencesFrom(record, other), [
    "test is not what the record has",
    "weights is not what the record has",
    "epochs is not what the record has",
  ]);
});

Deno.test({
  name:
    "the reference run has a record of every trial of the design, and every record is one of them, of the embedded data, by our kernels",
  ignore,
  async fn() {
    const { records, damaged } = await readFolder(REFERENCE);
    assertEquals(damaged, []);
    const { checksum } = await loadFashionMnist();
    const groups = [...CHOOSING_ROWS, ...REPORTING_ROWS].flatMap(({ groups }) => groups);
    const trials = new Map(
      groups.flatMap(({ experiments, seeds }) =>
        experiments.flatMap((experiment) =>
          seeds.map((seed) => [keyOf({ experiment, seed }), experiment] as const)
        )
      ),
    );
    const recorded = new Set(records.map(keyOf));
    assertEquals([...trials.keys()].filter((trial) => !recorded.has(trial)), []);
    for (const record of records) {
      const { data, kernels, blas, fused } = record;
      const trial = keyOf(record);
      assert(trials.has(trial) && isTrialOf(trials.get(trial)!, record), trial);
      assertEquals([data.checksum, kernels, blas, fused], [checksum, "own", undefined, true]);
    }
  },
});

/** Whether this processor gives the bits of the records. */
const sameBits = !ignore && await prepareBackend().then(hasFusedMultiplyAdd);
if (!ignore && !sameBits) {
  console.log("Tests of bits are skipped: this processor has no fused multiply-add.");
}

// Trials of the reference run itself are made again in reference_command_test.ts.
for (const name of ["mlp-pre", "cnn-post"]) {
  Deno.test({
    name:
      `${name} of the size of preset quick comes out to the bit on every processor with fused ` +
      "multiply-add",
    ignore: !sameBits,
    async fn() {
      const { records } = await readFolder(new URL("../reference/trials/", import.meta.url));
      const record = records.find(({ experiment }) => experiment.name === name)!;
      await prepareBackend(record.kernels);
      const again = await runTrial(record.experiment, record.seed, await loadFashionMnist());
      assertEquals(differencesFrom(record, again), []);
    },
  });
}
