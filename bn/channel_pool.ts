import * as tf from "@tensorflow/tfjs";
import { hasKernel } from "./batch_norm.ts";
import type { ChannelStatistics } from "./channel_statistics.ts";

/** A kernel that takes the place of the lines below where the backend has it; see kernels/. */
const KERNEL = "ChannelSums";

/**
 * Mean and variance of each channel, one row after the other in float64.
 *
 * Sums are of x − s, where s is the first row: with s within a few standard deviations of the mean,
 * (Σ(x−s)² − (Σ(x−s))²/n)/n loses a digit or two of sixteen, and the rows are added in their own
 * order, however they are cut into batches.
 */
export class ChannelPool {
  #count = 0;
  #shift = new Float64Array(0);
  #sum = new Float64Array(0);
  #sumOfSquares = new Float64Array(0);

  /** Adds the rows of a tensor [..., C]. */
  async add(x: tf.Tensor): Promise<void> {
    if (x.size === 0) return;
    const channels = x.shape.at(-1)!;
    if (this.#count === 0) {
      const first = tf.tidy(() => x.reshape([-1, channels]).slice([0, 0], [1, channels]));
      this.#shift = Float64Array.from(await first.data());
      first.dispose();
      this.#sum = new Float64Array(channels);
      this.#sumOfSquares = new Float64Array(channels);
    }
    this.#count += x.size / channels;
    const [shift, sum, sumOfSquares] = [this.#shift, this.#sum, this.#sumOfSquares];
    if (hasKernel(KERNEL, x)) {
      tf.engine().runKernel(
        KERNEL,
        { x },
        { shift, sum, squares: sumOfSquares } as unknown as tf.NamedAttrMap,
      );
      return;
    }
    const values = await x.data() as Float32Array;
    for (let row = 0; row < values.length; row += channels) {
      for (let c = 0; c < channels; c++) {
        const shifted = values[row + c] - shift[c];
        sum[c] += shifted;
        sumOfSquares[c] += shifted * shifted;
      }
    }
  }

  /** Of all rows so far. */
  statistics(): ChannelStatistics {
    const count = this.#count;
    return {
      count,
      mean: this.#shift.map((shift, c) => shift + this.#sum[c] / count),
      variance: this.#sumOfSquares.map((squares, c) =>
        Math.max(0, squares - this.#sum[c] ** 2 / count) / count
      ),
    };
  }
}
