/**
 * What a BN layer does, in prediction, with units that were dead on every training image.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "../../bn/batch_norm_layer.ts";
import { signed } from "../../findings/words.ts";
import type { TableContent } from "./display.ts";
import { asAffine, outputOf, type ShortModel } from "./short_model.ts";

/** A unit that gave the same value for every training image, on other images. */
export interface DeadUnit {
  unit: number;
  /** γ/√(σ² + ε) with σ² = 0: what BN multiplies by in prediction. */
  gain: number;
  /** How many of the images the unit fires on. */
  firesOn: number;
  /** The highest value that BN gets. */
  highest: number;
  /** β, which BN gives where the unit does not fire. */
  beta: number;
  /** What BN gives for the highest value. */
  output: number;
}

/**
 * The units of a BN layer whose exact variance over the training images is 0, and what becomes of
 * them on other images.
 *
 * @param layer A BN layer right behind its activation.
 */
export function deadUnits(
  short: Pick<ShortModel, "model">,
  layer: string,
  images: tf.Tensor,
): DeadUnit[] {
  const { model } = short;
  const bn = model.getLayer(layer);
  if (!(bn instanceof BatchNorm)) throw new TypeError(`Layer "${layer}" is no BatchNorm layer.`);
  const { mean, variance } = bn.storedStatistics("dataset");
  const { beta } = bn.parameters;
  const affine = asAffine(short, layer);
  const gains = affine.scale.dataSync();
  affine.scale.dispose();
  affine.shift.dispose();
  const input = outputOf(short, model.layers[model.layers.indexOf(bn) - 1].name, images);
  const values = input.dataSync();
  input.dispose();
  return Array.from(variance.keys()).filter((unit) => variance[unit] === 0).map((unit) => {
    const own = Array.from(values).filter((_, i) => i % variance.length === unit);
    const highest = own.reduce((a, b) => Math.max(a, b), 0);
    return {
      unit,
      gain: gains[unit],
      firesOn: own.filter((value) => value > 0).length,
      highest,
      beta: beta[unit],
      output: gains[unit] * (highest - mean[unit]) + beta[unit],
    };
  });
}

/** The dead units as a table, one row each. */
export function deadUnitsTable(units: readonly DeadUnit[]): TableContent {
  return {
    caption: "Units with the same output for every training image, on images that are new to them.",
    columns: [
      "Unit",
      "Gain",
      "Fires on (images)",
      "Highest that BN gets",
      "β",
      "Highest that BN gives",
    ],
    rows: units.map(({ unit, gain, firesOn, highest, beta, output }) => [
      String(unit),
      gain.toFixed(1),
      firesOn,
      highest.toFixed(3),
      signed(beta, 3),
      signed(output, 2),
    ]),
  };
}
