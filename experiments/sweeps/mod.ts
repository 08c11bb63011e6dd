/**
 * The rows of findings/design.md in its order: first all trials that choose learning rates, then those
 * that are reported.
 *
 * @module
 */
import { activation, ACTIVATION_CHOICES } from "./activation.ts";
import { BATCH_CHOICES, batchSize } from "./batch_size.ts";
import type { Choice } from "./choice.ts";
import { DEPTH_CHOICES, depthMap } from "./depth.ts";
import { highestRate } from "./highest_rate.ts";
import { inputScaling, SCALING_CHOICES } from "./input_scaling.ts";
import { movement } from "./movement.ts";
import { CELL_CHOICES, epsilonAndScale, placement } from "./placement.ts";
import { batchStatistics, movingAverage } from "./prediction.ts";
import { RATE_CHOICES } from "./rates.ts";
import { regularization } from "./regularization.ts";
import { once, type Row } from "./row.ts";
import { LONG_CHOICES, longCnn, longMlp, speed, SPEED_CHOICES } from "./speed.ts";

/** Every choice of a learning rate, by the row that it serves. */
export const CHOICES: Record<string, Choice[]> = {
  R: RATE_CHOICES,
  A4: CELL_CHOICES,
  A1: SPEED_CHOICES,
  A2: LONG_CHOICES,
  C1: SCALING_CHOICES,
  D1: BATCH_CHOICES,
  E1: ACTIVATION_CHOICES,
  D3: DEPTH_CHOICES,
};

/** The rows whose trials choose. */
export const CHOOSING_ROWS: Row[] = Object.entries(CHOICES).map(([id, choices]) => ({
  id: `${id}-rates`,
  description: `learning rates for ${id}`,
  groups: choices.flatMap(({ groups }) => groups),
}));

/** The rows whose trials are reported. */
export const REPORTING_ROWS: Row[] = [
  placement,
  epsilonAndScale,
  speed,
  longMlp,
  highestRate,
  inputScaling,
  batchSize,
  batchStatistics,
  movingAverage,
  activation,
  depthMap,
  regularization,
  longCnn,
  movement,
].map((row) => ({
  ...row,
  groups: row.groups.map((group) => ({ ...group, experiments: once(group.experiments) })),
}));
