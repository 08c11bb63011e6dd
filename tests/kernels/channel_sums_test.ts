/** `ChannelSums` of kernels/ against the same lines in JavaScript. */
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { ChannelPool } from "../../bn/channel_pool.ts";
import { useKernels } from "../../kernels/mod.ts";
import { testWithKernels } from "../backends.ts";

testWithKernels(
  "the statistics of a dataset are the same to the bit with and without the kernel, however rows are cut",
  async () => {
    for (const channels of [1, 2, 3, 4, 5, 7, 30, 100]) {
      const x = tf.randomNormal([301, channels], 5, 3, "float32", channels);
      const statisticsOf = async (batches: tf.Tensor[]) => {
        const pool = new ChannelPool();
        for (const batch of batches) await pool.add(batch);
        return pool.statistics();
      };
      const empty = tf.zeros([0, channels]);
      const cuts = [[x], [empty, ...tf.split(x, [128, 129, 1, 43])], tf.split(x, 301)];
      useKernels("stock");
      const expected = await statisticsOf([x]);
      useKernels("own");
      for (const batches of cuts) assertEquals(await statisticsOf(batches), expected);
      tf.dispose([x, empty, ...cuts.flat()]);
    }
  },
);
