/**
 * How far the inputs of a model's activations move while its training loss falls by a set amount: an
 * epoch is no measure, since a network that learns faster moves farther in one.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { shiftOf, type UnitMoments, unitMoments } from "./activations.ts";
import { mean } from "./mean.ts";
import { restoring } from "./measures.ts";
import { type PathRecord, sixDigits } from "./record.ts";

/** The losses between which is measured. */
const [FROM, TO] = [0.60, 0.35];
/** Batches whose mean is the loss. */
const BATCHES = 50;
/** Steps from look to look. */
const EVERY = 25;

/** The two modes in which it is looked. */
const MODES = ["training", "prediction"] as const;
type Mode = typeof MODES[number];

/** What has been seen of one layer in one mode. */
interface Track {
  first: UnitMoments;
  last: UnitMoments;
  shift: number;
}

/** Follows a training from step to step. */
export class PathTracker {
  readonly #model: tf.LayersModel;
  readonly #images: tf.Tensor4D;
  readonly #withDatasetStatistics: (look: () => void) => Promise<void>;
  readonly #layers: tf.layers.Layer[];
  readonly #inputs: tf.LayersModel;
  readonly #losses: number[] = [];
  #tracks?: Record<Mode, Track[]>;
  #from = 0;
  #to?: number;

  /**
   * @param images The same ones at every look; `dispose()` frees them.
   * @param withDatasetStatistics Runs a look with dataset statistics of the weights as they are, where
   * the model has batch normalization.
   */
  constructor(
    model: tf.LayersModel,
    images: tf.Tensor4D,
    withDatasetStatistics: (look: () => void) => Promise<void>,
  ) {
    this.#model = model;
    this.#images = images;
    this.#withDatasetStatistics = withDatasetStatistics;
    this.#layers = model.layers.filter((layer) => layer.getClassName() === "Activation");
    this.#inputs = tf.model({
      inputs: model.inputs,
      outputs: this.#layers.map((layer) => layer.input as tf.SymbolicTensor),
      name: "activation_inputs",
    });
  }

  /** To be called after each step, from 1, with the loss of its batch. */
  async step(step: number, loss: number | null): Promise<void> {
    this.#losses.push(loss ?? Infinity);
    if (this.#to !== undefined || step % EVERY !== 0 || this.#losses.length < BATCHES) return;
    const smooth = mean(this.#losses.slice(-BATCHES));
    if (smooth > FROM && !this.#tracks) return;
    this.#from ||= step;
    await this.#look();
    if (smooth <= TO) this.#to = step;
  }

  async #look(): Promise<void> {
    const now = {} as Record<Mode, UnitMoments[]>;
    restoring(this.#model, () => void (now.training = this.#moments(true)));
    await this.#withDatasetStatistics(() => void (now.prediction = this.#moments(false)));
    const before = this.#tracks;
    const track = (mode: Mode) =>
      now[mode].map((moments, i): Track => {
        const past = before?.[mode][i];
        return past
          ? {
            first: past.first,
            last: moments,
            shift: past.shift + (shiftOf(past.last, moments) ?? NaN),
          }
          : { first: moments, last: moments, shift: 0 };
      });
    this.#tracks = { training: track("training"), prediction: track("prediction") };
  }

  #moments(training: boolean): UnitMoments[] {
    const inputs = tf.tidy(() =>
      [this.#inputs.apply(this.#images, { training }) as tf.Tensor | tf.Tensor[]].flat()
    );
    const moments = inputs.map((x) => unitMoments(x.dataSync() as Float32Array, x.shape.at(-1)!));
    tf.dispose(inputs);
    return moments;
  }

  /** Frees the images. */
  dispose(): void {
    this.#images.dispose();
  }

  /** What there is to tell; null if the loss did not fall so far. */
  record(): PathRecord | null {
    const tracks = this.#tracks;
    if (!tracks || this.#to === undefined) return null;
    const movement = ({ first, last, shift }: Track) => ({
      shift: short(shift),
      deviation: { first: short(deviationOf(first)), last: short(deviationOf(last)) },
    });
    return {
      from: this.#from,
      to: this.#to,
      layers: this.#layers.map(({ name }, i) => ({
        layer: name,
        training: movement(tracks.training[i]),
        prediction: movement(tracks.prediction[i]),
      })),
    };
  }
}

/** √(mean over units of σ²) */
function deviationOf({ deviation }: UnitMoments): number {
  return Math.sqrt(mean(Array.from(deviation, (σ) => σ * σ)));
}

function short(value: number): number | null {
  return Number.isFinite(value) ? sixDigits(value) : null;
}
