/**
 * What `computeDatasetStatistics()` tells the BatchNorm layers of a model: it goes along with the
 * arguments of their calls, so that a layer itself is not touched while its input is being measured.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { ChannelStatistics } from "./channel_statistics.ts";

/** The call argument under which it goes; TensorFlow.js hands all arguments on from layer to layer. */
export const MEASUREMENT = Symbol("measurement");

/** One pass over the dataset. */
export interface Measurement {
  /** The layer whose input is wanted: it gives back its input as it is. */
  layer: tf.layers.Layer;
  /** The statistics of the layers before, in place of those that they have stored. */
  known: ReadonlyMap<tf.layers.Layer, ChannelStatistics>;
}
