/**
 * The moving average where the values lie on a device, WebGL's or WebGPU's: as operations on tensors,
 * since reading a value would wait for all that the device still has to do.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { BatchMoments } from "./batch_norm.ts";

const SLOW_TO_READ = ["webgl", "webgpu"];

/** Whether a value can be read at no cost, as on the CPU and in WebAssembly's memory. */
export function readsAreFree(): boolean {
  return !SLOW_TO_READ.includes(tf.getBackend());
}

/** Where the moving average is kept. */
interface Moving {
  mean: tf.LayerVariable;
  variance: tf.LayerVariable;
}

/** Steps of one layer's moving average, and which of them were refused. */
export class DeviceSteps {
  /** Whether a batch was finite, for each that the device has not answered for. */
  readonly #asked = new Set<tf.Tensor>();
  #refused = 0;

  /** Data of the moving average that a step has written: possible values, which need no reading. */
  readonly written = new WeakSet<object>();

  /** A step towards a batch; a batch that is not finite moves nothing. Nothing is waited for. */
  step(moving: Moving, { mean, variance }: BatchMoments, momentum: number): void {
    const finite = tf.isFinite(mean.add(variance)).all();
    for (const [old, batch] of [[moving.mean, mean], [moving.variance, variance]] as const) {
      const value = old.read();
      // moving ← momentum·moving + (1 − momentum)·batch
      const moved = value.mul(momentum).add(batch.mul(1 - momentum));
      old.write(tf.where(finite, moved, value));
      this.written.add(old.read().dataId);
    }
    this.#asked.add(tf.keep(finite));
    finite.data().then(([isFinite]) => this.#answered(finite, isFinite === 1), () => {});
  }

  /**
   * How many batches were refused since the last time this was asked.
   *
   * @param wait Whether to wait for what the device has not answered yet.
   */
  refused(wait: boolean): number {
    if (wait) {
      for (const finite of this.#asked) {
        this.#answered(finite, finite.dataSync()[0] === 1);
      }
    }
    const refused = this.#refused;
    this.#refused = 0;
    return refused;
  }

  #answered(finite: tf.Tensor, isFinite: boolean): void {
    if (!this.#asked.delete(finite)) return; // asked twice
    if (!isFinite) this.#refused += 1;
    finite.dispose();
  }
}
