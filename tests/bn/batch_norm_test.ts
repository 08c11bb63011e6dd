/** What the transforms refuse. */
import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { batchMoments, batchNormPrediction, batchNormTraining } from "../../bn/batch_norm.ts";
import { testOnEachBackend } from "../backends.ts";

const x = () => tf.tensor2d([[1, 2, 3], [4, 5, 7]]);
const two = () => tf.tensor1d([1, 1]);
const three = () => tf.tensor1d([1, 1, 1]);

const REFUSED: [title: string, call: () => unknown, message: string][] = [
  ["moments of a vector", () => batchMoments(tf.tensor1d([1, 2])), "its rank must be at least 2"],
  ["moments of an empty batch", () => batchMoments(tf.zeros([0, 3])), "an empty batch"],
  [
    "moments of an empty map",
    () => batchMoments(tf.zeros([2, 0, 3])),
    "an empty map of shape [2,0,3]",
  ],
  ["training on an empty map", () => batchNormTraining(tf.zeros([2, 4, 0, 3])), "an empty map"],
  ["training without channels", () => batchNormTraining(tf.zeros([2, 0])), "an empty map"],
  ["training on one value per channel", () => batchNormTraining(tf.ones([1, 3])), "two examples"],
  ["training on an empty batch", () => batchNormTraining(tf.zeros([0, 3])), "an empty batch"],
  ["training with ε of 0", () => batchNormTraining(x(), { epsilon: 0 }), "epsilon 0: it must be"],
  ["training with a negative ε", () => batchNormTraining(x(), { epsilon: -1 }), "epsilon -1"],
  [
    "training with too short a γ",
    () => batchNormTraining(x(), { gamma: two() }),
    "a gamma of shape",
  ],
  [
    "training with a β that would be broadcast",
    () => batchNormTraining(x(), { beta: tf.tensor1d([1]) }),
    "a beta of shape [1]: it must have one value for each of the 3 channels",
  ],
  [
    "prediction with a mean that would be broadcast",
    () => batchNormPrediction(x(), { mean: tf.tensor1d([1]), variance: three() }),
    "a mean of shape [1]",
  ],
  [
    "prediction with too short a variance",
    () => batchNormPrediction(x(), { mean: three(), variance: two() }),
    "a variance of shape [2]",
  ],
];

for (const [title, call, message] of REFUSED) {
  testOnEachBackend(`${title} is refused, with the value and the rule`, () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => void assertThrows(call, RangeError, message));
    assertEquals(tf.memory().numTensors, before);
  });
}
