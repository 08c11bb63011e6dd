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

/** The rows whose trials are reported; made when asked for, since they need the chosen rates. */
export function reportingRows(ids: readonly string[] = REPORTING): Row[] {
  return ids.map((id) => {
    const row = ROWS[id]();
    const groups = row.groups.map(({ experiments, seeds }) => ({
      experiments: once(experiments),
      seeds,
    }));
    return { ...row, groups };
  });
}

/** By what they are called. */
const ROWS: Record<string, () => Row> = {
  "A3": placement,
  "A4": epsilonAndScale,
  "A1": speed,
  "A2-mlp": longMlp,
  "B1": highestRate,
  "C1": inputScaling,
  "D1": batchSize,
  "D6": batchStatistics,
  "D7": movingAverage,
  "E1": activation,
  "B3": depthMap,
  "D4": regularization,
  "A2-cnn": longCnn,
  "C4": movement,
};

/** The rows whose trials are reported, in the order of findings/design.md. */
export const REPORTING: readonly string[] = Object.keys(ROWS);
