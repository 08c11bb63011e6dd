import type { ChannelStatistics } from "./channel_statistics.ts";

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

  /** Adds rows of `channels` values each. */
  add(values: Float32Array, channels: number): void {
    if (this.#count === 0) {
      this.#shift = Float64Array.from(values.subarray(0, channels));
      this.#sum = new Float64Array(channels);
      this.#sumOfSquares = new Float64Array(channels);
    }
    const [shift, sum, sumOfSquares] = [this.#shift, this.#sum, this.#sumOfSquares];
    for (let row = 0; row < values.length; row += channels) {
      for (let c = 0; c < channels; c++) {
        const shifted = values[row + c] - shift[c];
        sum[c] += shifted;
        sumOfSquares[c] += shifted * shifted;
      }
    }
    this.#count += values.length / channels;
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
