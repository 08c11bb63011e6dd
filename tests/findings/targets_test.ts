/**
 * The accuracies on Fashion-MNIST that this project set out for, held against the reference run.
 *
 * Not reached, and therefore not asserted: 88.8 % by the MLP at the shared rate of 0.1 in either place,
 * and by BN after the activation at its own rate; after 30 epochs, 92.0 % by the CNN in either place
 * and 89.8 % by the MLP with BN after the activation.
 */
import { assert, assertEquals } from "@std/assert";
import { mean } from "../../experiments/mean.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { referenceParts } from "../../experiments/reference.ts";
import { granted } from "../permissions.ts";

const LEAST: [name: string, epochs: number, trials: number, accuracy: number][] = [
  ["mlp-pre-tuned", 5, 10, 0.888],
  ["cnn-pre", 5, 10, 0.913],
  ["cnn-post", 5, 10, 0.913],
  ["cnn-pre-tuned", 5, 10, 0.913],
  ["cnn-post-tuned", 5, 10, 0.913],
  ["mlp-pre", 30, 1, 0.898],
];

const ignore = !granted("read");
const records = ignore ? [] : (await referenceParts()).flatMap(({ records }) => records);
const exact = ({ test }: TrialRecord) => test.dataset!.accuracy;

for (const [name, epochs, trials, least] of LEAST) {
  Deno.test({
    name: `${name} reaches ${(100 * least).toFixed(1)} % of the test images after ${epochs} epochs`,
    ignore,
    fn() {
      const own = records.filter(({ experiment }) =>
        experiment.name === name && experiment.epochs === epochs
      );
      assertEquals(own.length, trials);
      assert(mean(own.map(exact)) >= least);
    },
  });
}

Deno.test({
  name:
    "on all images, moving and dataset statistics score within 0.2 points, averaged over trials",
  ignore,
  fn() {
    const scored = records.filter(({ experiment, test }) =>
      test.dataset !== null && experiment.images.train === 55_000
    );
    for (const [name, own] of Map.groupBy(scored, ({ experiment }) => experiment.name)) {
      const gaps = own.map((record) => Math.abs(exact(record) - record.test.moving.accuracy));
      assert(mean(gaps) <= 0.002, name);
    }
  },
});
