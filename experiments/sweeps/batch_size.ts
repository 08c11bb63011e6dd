import type { Experiment } from "../experiment.ts";
import { atOwnRate, type Choice, choice } from "./choice.ts";
import { changed, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** Batch sizes with the rates that are tried at each. */
const GRID: [batchSize: number, rates: number[]][] = [
  [4, [0.01, 0.03, 0.1]],
  [16, [0.03, 0.1, 0.3]],
  [32, [0.1, 0.3, 1]],
  [64, [0.1, 0.3, 1]],
  [256, [0.3, 1, 3]],
];
/** All of them. */
export const BATCH_SIZES = GRID.map(([batchSize]) => batchSize);
/** Those at which the network without BN is trained too. */
export const WITHOUT_BN = [16, 64, 256];

const models = (batchSize: number) =>
  WITHOUT_BN.includes(batchSize) ? ["mlp-pre", "mlp-none"] as const : ["mlp-pre"] as const;

/** The rate of each batch size. */
export const BATCH_CHOICES: Choice[] = GRID.flatMap(([batchSize, rates]) =>
  models(batchSize).map((model) => choice(model, rates, 2, { ...TEN_THOUSAND, batchSize }))
);

/** A batch size at its own rate. */
export const ofBatch = (model: "mlp-pre" | "mlp-none", batchSize: number): Experiment =>
  atOwnRate(model, { ...TEN_THOUSAND, batchSize });

/** With BN, at 0.1. */
export const ofBatchAtTenth = (batchSize: number): Experiment =>
  changed("mlp-pre", { ...TEN_THOUSAND, batchSize, learningRate: 0.1 });

/** D1 and D2: batch sizes at their own rates, and with BN at 0.1 too. */
export const batchSize: Row = {
  id: "D1",
  description: "batches of 4 to 256",
  groups: [{
    experiments: BATCH_SIZES.flatMap((size) => [
      ...models(size).map((model) => ofBatch(model, size)),
      ofBatchAtTenth(size),
    ]),
    seeds: reporting(10),
  }],
};
