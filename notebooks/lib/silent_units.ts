/**
 * What a BN layer does, in prediction, with units that were silent on every training image.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "../../bn/batch_norm_layer.ts";
import { signed } from "../../findings/statistics.ts";
import type { TableContent } from "./display.ts";
import { asAffine, outputOf, type ShortModel } from "./short_model.ts";

/** A unit that gave the same value for every training image, on other images. */
export interface SilentUnit {
  unit: number;
  /** γ/√(σ² + ε) with σ² = 0: what BN multiplies by in prediction. */
  gain: number;
  /** How many of the images the unit fires on. */
  wokenBy: number;
  /** The highest value that BN gets. */
  highest: number;
  /** β, which BN gives where the unit is silent. */
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
export function silentUnits(
  short: Pick<ShortModel, "model">,
  layer: string,
  images: tf.Tensor,
): SilentUnit[] {
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
      wokenBy: own.filter((value) => value > 0).length,
      highest,
      beta: beta[unit],
      output: gains[unit] * (highest - mean[unit]) + beta[unit],
    };
  });
}

/** The silent units as a table, one row each. */
export function silentUnitsTable(units: readonly SilentUnit[]): TableContent {
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
    rows: units.map(({ unit, gain, wokenBy, highest, beta, output }) => [
      String(unit),
      gain.toFixed(1),
      wokenBy,
      highest.toFixed(3),
      signed(beta, 3),
      signed(output, 2),
    ]),
  };
}

/**
 * Whether images wake units that the training images left silent, and what BN makes of it.
 *
 * @param images How many images were tried.
 */
export function silentUnitsText(units: readonly SilentUnit[], images: number): string {
  const tried = `${images.toLocaleString("en-US")} other images`;
  if (units.length === 0) return "No unit of this layer is silent on all training images.";
  const awake = units.filter(({ wokenBy }) => wokenBy > 0);
  const count = units.length === 1
    ? "One unit of this layer is silent on all training images"
    : `${units.length} units of this layer are silent on all training images`;
  if (awake.length === 0) return `${count}. None of the ${tried} wakes any: each gives its $β$.`;
  const { highest, gain, output } = awake.reduce((a, b) => b.output > a.output ? b : a);
  return `${count}; the ${tried} wake ${awake.length} of them. The largest output is ` +
    `${signed(output, 2)}, from a value of ${highest.toFixed(3)} and a gain of ` +
    `${
      gain.toFixed(1)
    }. So a unit that is silent on all training images need not be the constant ` +
    `$β$ on others: what wakes it is amplified.`;
}
