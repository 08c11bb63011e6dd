/**
 * What is measured: plain data that every contender, in whichever language, sets up for itself.
 *
 * @module
 */
import type { Placement } from "../models/placement.ts";

/** Shape of a batch of feature maps: images, height, width, channels. */
type MapShape = [number, number, number, number];

/** One computation. */
export type Spec =
  /** Training forward and backward: y, dx, dγ, dβ; `textbook` by basic operations. */
  | { kind: "batch-norm"; shape: MapShape; textbook?: boolean }
  /**
   * A product that a dense layer meets: X·W (`forward`), Xᵀ·dY (`weights`) or dY·Wᵀ (`inputs`), with
   * X [batch, inputs] and W [inputs, outputs].
   */
  | {
    kind: "product";
    product: "forward" | "weights" | "inputs";
    batch: number;
    inputs: number;
    outputs: number;
  }
  /** A convolution with same padding or one of its gradients. */
  | {
    kind: "convolution";
    product: "forward" | "filter" | "inputs";
    shape: MapShape;
    size: number;
    filters: number;
  }
  /** The gradient of max-pooling 2×2. */
  | { kind: "pooling"; shape: MapShape }
  /** One step on a batch that is ready: forward, loss, backward, plain SGD. */
  | { kind: "step"; model: "mlp" | "cnn"; placement: Placement; batch: number }
  /** An epoch as experiments run it: batches made from bytes, steps, the running score. */
  | { kind: "epoch"; model: "mlp" | "cnn"; placement: Placement; batch: number; images: number };

/** Groups of cases, as `--only` names them. */
export const GROUPS = ["bn", "matmul", "conv", "pool", "step", "epoch"] as const;
/** One of {@linkcode GROUPS}. */
export type Group = typeof GROUPS[number];

/** One row of the table. */
export interface Case {
  group: Group;
  title: string;
  spec: Spec;
  /** What the table shows: the time of one call, or work per second. */
  unit: "ms" | "GFLOP/s" | "images/s";
  /** Multiplications and additions that cannot be avoided. */
  flops: number;
  /** Bytes read and written that cannot be avoided if no value outlives a pass in cache. */
  bytes: number;
  /** Images of one call. */
  images?: number;
  /** Not measured with the stock kernels, which would take minutes. */
  withoutStock?: boolean;
}

const BATCH = 64;
const FLOAT = 4;
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b);

/** Dense layers of the models at their defaults whose products have a million operations or more. */
const DENSE = [[784, 256], [256, 128], [128, 100], [5880, 100]];

/** Products of one training image: forward, weights, and inputs except at the first layer. */
const TRAINING_FLOPS = {
  mlp: 2 * (2 * 784 * 256 + 3 * (256 * 128 + 128 * 100 + 100 * 10)),
  cnn: 2 * (2 * 784 * 25 * 30 + 3 * (5880 * 100 + 100 * 10)),
};

/** All cases, in the order of the table. */
export const CASES: readonly Case[] = [
  ...([[64, 28, 28, 30], [128, 28, 28, 32]] as MapShape[]).flatMap((shape) => [
    batchNorm(shape),
    batchNorm(shape, true),
  ]),
  ...(["forward", "weights", "inputs"] as const).flatMap((product) =>
    DENSE.map(([inputs, outputs]) => dense(product, inputs, outputs))
  ),
  ...(["forward", "filter", "inputs"] as const).map(convolution),
  ...([[64, 28, 28, 30], [128, 28, 28, 30]] as MapShape[]).map(pooling),
  ...(["mlp", "cnn"] as const).flatMap((model) =>
    (["pre", "post", "none"] as const).map((placement) => step(model, placement))
  ),
  epoch("mlp", 4_000),
  epoch("cnn", 2_000),
  epoch("cnn", 4_000),
];

function batchNorm(shape: MapShape, textbook = false): Case {
  return {
    group: "bn",
    title: `BN forward + backward [${shape}]${textbook ? ", textbook" : ""}`,
    spec: { kind: "batch-norm", shape, ...(textbook ? { textbook } : {}) },
    unit: "ms",
    flops: 16 * size(shape),
    // x twice, y; then x and dy twice, dx
    bytes: 8 * FLOAT * size(shape),
  };
}

function dense(
  product: Extract<Spec, { kind: "product" }>["product"],
  inputs: number,
  outputs: number,
): Case {
  const sign = { forward: "A·B", weights: "Aᵀ·B", inputs: "A·Bᵀ" }[product];
  return {
    group: "matmul",
    title: `${sign}, layer ${inputs} → ${outputs}`,
    spec: { kind: "product", product, batch: BATCH, inputs, outputs },
    unit: "GFLOP/s",
    flops: 2 * BATCH * inputs * outputs,
    bytes: FLOAT * (BATCH * inputs + BATCH * outputs + inputs * outputs),
  };
}

function convolution(product: Extract<Spec, { kind: "convolution" }>["product"]): Case {
  const name = { forward: "forward", filter: "filter gradient", inputs: "input gradient" }[product];
  const shape: MapShape = [BATCH, 28, 28, 1];
  const [taps, filters] = [25, 30];
  return {
    group: "conv",
    title: `conv 5×5×1→30 ${name} [${shape}]`,
    spec: { kind: "convolution", product, shape, size: 5, filters },
    unit: "ms",
    flops: 2 * size(shape) * taps * filters,
    bytes: FLOAT * size(shape) * (1 + filters),
  };
}

function pooling(shape: MapShape): Case {
  return {
    group: "pool",
    title: `max-pool gradient [${shape}]`,
    spec: { kind: "pooling", shape },
    unit: "ms",
    flops: 0,
    // x, dx, and a quarter of it each for y and dy
    bytes: 2.5 * FLOAT * size(shape),
  };
}

function step(model: "mlp" | "cnn", placement: Placement): Case {
  return {
    group: "step",
    title: `${model.toUpperCase()} ${placement}, training step`,
    spec: { kind: "step", model, placement, batch: BATCH },
    unit: "images/s",
    flops: BATCH * TRAINING_FLOPS[model],
    bytes: 0,
    images: BATCH,
  };
}

function epoch(model: "mlp" | "cnn", images: number): Case {
  return {
    group: "epoch",
    title: `${model.toUpperCase()} pre, epoch of ${images} images`,
    spec: { kind: "epoch", model, placement: "pre", batch: BATCH, images },
    unit: "images/s",
    flops: images * TRAINING_FLOPS[model],
    bytes: 0,
    images,
    withoutStock: true,
  };
}
