/**
 * `Conv2D`, `FusedConv2D`, `Conv2DBackpropFilter` and `Conv2DBackpropInput` of kernels/, on the WASM
 * backend, against loops in float64.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useKernels } from "../../kernels/mod.ts";
import { testWithKernels } from "../backends.ts";
import { bits } from "../bn/layer_helpers.ts";
import {
  activated,
  assertWithinRounding,
  conv2d,
  conv2dFilterGradient,
  conv2dInputGradient,
  type Convolution,
  convolutionShapes,
  type Padding,
  plusBias,
  Random,
  type Shape4D,
  sizeOf,
  windowCounts,
} from "./reference.ts";

const PADDINGS: Record<string, (random: Random) => Padding> = {
  '"same"': () => "same",
  '"valid"': () => "valid",
  "a number": (random) => random.int(0, 3),
  "explicit padding, different on each side": (random) => {
    const side = () => random.int(0, 3);
    return [[0, 0], [side(), side()], [side(), side()], [0, 0]];
  },
};

/** A convolution with at least one output; with dilations or strides, as TensorFlow.js allows. */
function randomCase(
  random: Random,
  padding: (random: Random) => Padding,
  dilated: boolean,
): Convolution {
  for (;;) {
    const pair = (high: number): [number, number] => [random.int(1, high), random.int(1, high)];
    const example: Convolution = {
      x: [random.int(1, 3), random.int(1, 10), random.int(1, 10), random.int(1, 9)],
      window: pair(5),
      strides: dilated ? [1, 1] : pair(3),
      dilations: dilated ? pair(3) : [1, 1],
      pad: padding(random),
      O: random.pick([1, 2, 3, 4, 5, 7, 8, 9, 13]),
    };
    if (typeof example.pad === "number") {
      // TensorFlow.js takes the width of the output from the filter's height and its stride there.
      for (const field of ["window", "strides", "dilations"] as const) {
        example[field][1] = example[field][0];
      }
    }
    const [P, Q] = windowCounts(example);
    if (P > 0 && Q > 0) return example;
  }
}

/** y on the current backend. */
function forward(example: Convolution, x: Float32Array, w: Float32Array): Float32Array {
  const { strides, dilations, pad, rounding } = example;
  const { filter, y } = convolutionShapes(example);
  return tf.tidy(() => {
    const images = tf.tensor4d(x, example.x);
    const weights = tf.tensor4d(w, filter);
    const maps = tf.conv2d(images, weights, strides, pad, "NHWC", dilations, rounding);
    assertEquals(maps.shape, y);
    return maps.dataSync<"float32">().slice();
  });
}

/** dx and dw of Σ dy·y on the current backend. */
function gradients(example: Convolution, x: Float32Array, w: Float32Array, dy: Float32Array) {
  const { filter, y } = convolutionShapes(example);
  return tf.tidy(() => {
    const convolve = (x: tf.Tensor, w: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, example.strides, example.pad);
    const [dx, dw] = tf.grads(convolve)(
      [tf.tensor4d(x, example.x), tf.tensor4d(w, filter)],
      tf.tensor4d(dy, y),
    );
    return {
      dx: dx.dataSync<"float32">().slice(),
      dw: dw.dataSync<"float32">().slice(),
    };
  });
}

for (const [name, padding] of Object.entries(PADDINGS)) {
  testWithKernels(
    `tf.conv2d() is within K·2⁻²⁴·Σ|x||w| of float64 in 100 random shapes, strides or dilations with padding ${name}`,
    () => {
      for (let seed = 1; seed <= 100; seed++) {
        const random = new Random(seed);
        const example = randomCase(random, padding, seed % 3 === 0);
        const { filter } = convolutionShapes(example);
        const [x, w] = [random.numbers(sizeOf(example.x)), random.numbers(sizeOf(filter))];
        const label = `seed ${seed}, ${JSON.stringify(example)}`;
        assertWithinRounding(label, forward(example, x, w), conv2d(example, x, w));
      }
    },
  );

  testWithKernels(
    `tf.grads() of tf.conv2d() are within that bound in 100 random shapes and strides with padding ${name}`,
    () => {
      for (let seed = 1001; seed <= 1100; seed++) {
        const random = new Random(seed);
        const example = randomCase(random, padding, false);
        const { filter, y } = convolutionShapes(example);
        const [x, w] = [random.numbers(sizeOf(example.x)), random.numbers(sizeOf(filter))];
        const dy = random.numbers(sizeOf(y));
        const label = `seed ${seed}, ${JSON.stringify(example)}`;
        const { dx, dw } = gradients(example, x, w, dy);
        assertWithinRounding(`${label}: dx`, dx, conv2dInputGradient(example, w, dy));
        assertWithinRounding(`${label}: dw`, dw, conv2dFilterGradient(example, x, dy));
      }
    },
  );
}

testWithKernels(
  "tf.fused.conv2d() is relu(x ∗ w + bias), and each part alone, within that bound in 100 random shapes",
  () => {
    for (let seed = 2001; seed <= 2100; seed++) {
      const random = new Random(seed);
      const example = randomCase(random, random.pick(Object.values(PADDINGS)), seed % 3 === 0);
      const { filter } = convolutionShapes(example);
      const [x, w] = [random.numbers(sizeOf(example.x)), random.numbers(sizeOf(filter))];
      const bias = random.pick([undefined, random.numbers(example.O)]);
      const activation = random.pick(["linear", "relu"] as const);
      let exact = conv2d(example, x, w);
      if (bias) exact = plusBias(exact, bias);
      if (activation === "relu") exact = activated(exact, (value) => Math.max(0, value));
      const actual = fused(example, x, w, { bias, activation });
      const label = `seed ${seed}, ${activation}, ${bias ? "bias" : ""} ${JSON.stringify(example)}`;
      assertWithinRounding(label, actual, exact);
    }
  },
);

function fused(
  example: Convolution,
  x: Float32Array,
  w: Float32Array,
  { bias, activation, prelu }: {
    bias?: Float32Array;
    activation: tf.fused.Activation;
    prelu?: Float32Array;
  },
): Float32Array {
  const { strides, dilations, pad } = example;
  return tf.tidy(() =>
    tf.fused.conv2d({
      x: tf.tensor4d(x, example.x),
      filter: tf.tensor4d(w, convolutionShapes(example).filter),
      bias: bias && tf.tensor1d(bias),
      strides,
      dilations,
      pad,
      activation,
      leakyreluAlpha: 0.25,
      preluActivationWeights: prelu && tf.tensor1d(prelu),
    }).dataSync<"float32">().slice()
  );
}

for (
  const [activation, reference] of Object.entries({
    relu6: (value: number) => Math.min(6, Math.max(0, value)),
    elu: (value: number) => value > 0 ? value : Math.expm1(value),
    sigmoid: (value: number) => 1 / (1 + Math.exp(-value)),
    leakyrelu: (value: number) => value > 0 ? value : 0.25 * value,
    prelu: (value: number) => value > 0 ? value : 0.5 * value,
  })
) {
  testWithKernels(
    `tf.fused.conv2d() with ${activation}, which kernels/ leave to TensorFlow.js`,
    () => {
      const random = new Random(1);
      const example: Convolution = {
        x: [2, 6, 5, 3],
        window: [3, 3],
        strides: [1, 1],
        dilations: [1, 1],
        pad: "same",
        O: 5,
      };
      const x = random.numbers(sizeOf(example.x)).map((value) => 3 * value);
      const [w, bias] = [random.numbers(135), random.numbers(5)];
      const actual = fused(example, x, w, {
        bias,
        activation: activation as tf.fused.Activation,
        prelu: activation === "prelu" ? new Float32Array(5).fill(0.5) : undefined,
      });
      plusBias(conv2d(example, x, w), bias).values.forEach((value, i) => {
        const expected = reference(value);
        assert(Math.abs(actual[i] - expected) < 5e-6, `${i}: ${actual[i]}, expected ${expected}`);
      });
    },
  );
}

testWithKernels(
  "where a fractional number of windows is rounded up, the last ones see zeros beyond the border",
  () => {
    for (const rounding of ["floor", "round", "ceil"] as const) {
      for (let seed = 1; seed <= 20; seed++) {
        const random = new Random(seed);
        const pad = PADDINGS[random.pick(["a number", "explicit padding, different on each side"])];
        const example = { ...randomCase(random, pad, false), rounding };
        const { filter } = convolutionShapes(example);
        const [x, w] = [random.numbers(sizeOf(example.x)), random.numbers(sizeOf(filter))];
        const label = `seed ${seed}, ${JSON.stringify(example)}`;
        assertWithinRounding(label, forward(example, x, w), conv2d(example, x, w));
      }
    }
  },
);

testWithKernels(
  "the bits of an image's output do not depend on its batch, of 1 to 130 images, nor on its place there",
  () => {
    for (const [C, O, withBias] of [[1, 7, false], [3, 8, true]] as const) {
      const random = new Random(C);
      const of = (N: number): Convolution => ({
        x: [N, 6, 5, C],
        window: [3, 3],
        strides: [1, 1],
        dilations: [1, 1],
        pad: "same",
        O,
      });
      const image = 30 * C;
      const [x, w] = [random.numbers(130 * image), random.numbers(9 * C * O)];
      const bias = random.numbers(O);
      const compute = (N: number, x: Float32Array) =>
        bits(
          withBias ? fused(of(N), x, w, { bias, activation: "relu" }) : forward(of(N), x, w),
        );
      const expected = compute(130, x);
      for (let N = 1; N <= 130; N++) {
        const first = random.int(0, 130 - N);
        const actual = compute(N, x.subarray(first * image, (first + N) * image));
        const same = actual.every((value, i) => value === expected[first * 30 * O + i]);
        assert(same, `images ${first} to ${first + N - 1} of 130, ${C} channels`);
      }
    }
  },
);

testWithKernels("an image's gradient has the same bits in any batch too", () => {
  const random = new Random(1);
  const of = (N: number): Convolution => ({
    x: [N, 6, 5, 3],
    window: [3, 2],
    strides: [2, 1],
    dilations: [1, 1],
    pad: "valid",
    O: 5,
  });
  const [x, w, dy] = [random.numbers(40 * 90), random.numbers(90), random.numbers(40 * 40)];
  const all = bits(gradients(of(40), x, w, dy).dx);
  for (const N of [1, 2, 3, 5, 17, 39]) {
    const { dx } = gradients(of(N), x.subarray(0, N * 90), w, dy.subarray(0, N * 40));
    assertEquals(bits(dx), all.slice(0, N * 90), `${N} images`);
  }
});

testWithKernels(
  "NaN and infinities in an image reach exactly the outputs and filter gradients that see them, and in dy the images",
  () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      // Filters with strides step over values, which then must not be felt.
      const example = randomCase(random, random.pick(Object.values(PADDINGS)), false);
      const { filter, y } = convolutionShapes(example);
      const [x, w] = [random.numbers(sizeOf(example.x)), random.numbers(sizeOf(filter))];
      const dy = random.numbers(sizeOf(y));
      const strange = dy.slice(); // its product with a zero beyond the border is NaN, so not for dw
      x[random.int(0, x.length - 1)] = random.pick([NaN, Infinity, -Infinity]);
      strange[random.int(0, dy.length - 1)] = random.pick([NaN, Infinity, -Infinity]);
      const label = `seed ${seed}, ${JSON.stringify(example)}`;
      assertWithinRounding(label, forward(example, x, w), conv2d(example, x, w));
      const { dw } = gradients(example, x, w, dy);
      assertWithinRounding(`${label}: dw`, dw, conv2dFilterGradient(example, x, dy));
      const { dx } = gradients(example, x, w, strange);
      assertWithinRounding(`${label}: dx`, dx, conv2dInputGradient(example, w, strange));
    }
  },
);

testWithKernels("denormal numbers are not taken for zero", () => {
  const example: Convolution = {
    x: [1, 3, 3, 1],
    window: [2, 2],
    strides: [1, 1],
    dilations: [1, 1],
    pad: "valid",
    O: 1,
  };
  const x = Float32Array.from({ length: 9 }, (_, i) => i * 1e-40);
  const w = Float32Array.of(1, 2, 3, 0.5);
  const y = forward(example, x, w);
  assertWithinRounding("denormals", y, conv2d(example, x, w));
  assert(y[0] > 1.2e-39);
});

testWithKernels(
  "maps of more pixels, filters of more taps, and more small images than are taken at a time: y and its gradients within the bound",
  () => {
    for (
      const [seed, [x, window, strides, O]] of ([
        [[1, 40, 37, 2], [5, 5], [1, 1], 5],
        [[2, 33, 35, 1], [3, 2], [1, 1], 9],
        [[2, 41, 38, 3], [4, 3], [2, 1], 4],
        [[1, 6, 5, 130], [3, 3], [1, 1], 7],
        [[300, 3, 3, 2], [3, 3], [3, 3], 5], // one pixel each: more images than are taken together
        [[90, 3, 2, 1], [3, 2], [1, 1], 9],
        [[7, 14, 13, 2], [3, 3], [2, 1], 3],
      ] as [Shape4D, [number, number], [number, number], number][]).entries()
    ) {
      const random = new Random(seed);
      const example: Convolution = { x, window, strides, dilations: [1, 1], pad: "same", O };
      const { filter, y } = convolutionShapes(example);
      const [images, w] = [random.numbers(sizeOf(x)), random.numbers(sizeOf(filter))];
      const dy = random.numbers(sizeOf(y));
      assertWithinRounding(`[${x}]`, forward(example, images, w), conv2d(example, images, w));
      const { dx, dw } = gradients(example, images, w, dy);
      assertWithinRounding(`[${x}]: dx`, dx, conv2dInputGradient(example, w, dy));
      assertWithinRounding(`[${x}]: dw`, dw, conv2dFilterGradient(example, images, dy));
    }
  },
);

testWithKernels(
  "a transposed convolution of int32 or bool is that of the same float32 values",
  () =>
    tf.tidy(() => {
      const [x, filter] = [tf.ones<tf.Rank.R4>([1, 2, 2, 1]), tf.ones<tf.Rank.R4>([2, 2, 1, 1])];
      for (const dtype of ["int32", "bool", "float32"] as const) {
        const attrs = { inputShape: [1, 3, 3, 1], strides: 1, pad: "valid", dataFormat: "NHWC" };
        const dx = tf.engine().runKernel<tf.Tensor>(
          "Conv2DBackpropInput",
          { dy: x.cast(dtype), filter: filter.cast(dtype) },
          attrs as unknown as tf.NamedAttrMap,
        );
        assertEquals([dx.dtype, [...dx.dataSync()]], ["float32", [1, 2, 1, 2, 4, 2, 1, 2, 1]]);
      }
    }),
);

testWithKernels(
  "the gradients of a dilated convolution, which TensorFlow.js never asks for, are within the bound too",
  () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const example = randomCase(random, random.pick(Object.values(PADDINGS)), true);
      const { filter, y } = convolutionShapes(example);
      const [x, w] = [random.numbers(sizeOf(example.x)), random.numbers(sizeOf(filter))];
      const dy = random.numbers(sizeOf(y));
      const { strides, dilations, pad } = example;
      const attrs = { strides, dilations, pad, dataFormat: "NHWC" };
      const run = (kernel: string, inputs: tf.NamedTensorMap, shape: Record<string, number[]>) =>
        tf.engine().runKernel<tf.Tensor>(
          kernel,
          inputs,
          { ...attrs, ...shape } as unknown as tf.NamedAttrMap,
        ).dataSync<"float32">().slice();
      const [dx, dw] = tf.tidy(() => {
        const gradient = tf.tensor(dy, y);
        return [
          run("Conv2DBackpropInput", { dy: gradient, filter: tf.tensor(w, filter) }, {
            inputShape: example.x,
          }),
          run("Conv2DBackpropFilter", { dy: gradient, x: tf.tensor(x, example.x) }, {
            filterShape: filter,
          }),
        ];
      });
      const label = `seed ${seed}, ${JSON.stringify(example)}`;
      assertWithinRounding(`${label}: dx`, dx, conv2dInputGradient(example, w, dy));
      assertWithinRounding(`${label}: dw`, dw, conv2dFilterGradient(example, x, dy));
    }
  },
);

// —— Nothing to convolve ————————————————————————————————————————————————————————————————————————

const EMPTY: Record<string, Partial<Convolution>> = {
  "no images": { x: [0, 4, 4, 2] },
  "images without channels": { x: [2, 4, 4, 0] },
  "no filters": { O: 0 },
};

for (const [name, difference] of Object.entries(EMPTY)) {
  testWithKernels(
    `${name}: outputs are empty or zero, and so are gradients, whatever the memory held before`,
    () => {
      const example: Convolution = {
        x: [2, 4, 4, 2],
        window: [3, 3],
        strides: [1, 1],
        dilations: [1, 1],
        pad: "same",
        O: 3,
        ...difference,
      };
      const { filter, y } = convolutionShapes(example);
      const ones = (shape: number[]) => new Float32Array(sizeOf(shape)).fill(1);
      for (let i = 0; i < 3; i++) {
        tf.fill([200], 7).dispose(); // leaves sevens where the next tensors will lie
        assertEquals(forward(example, ones(example.x), ones(filter)), new Float32Array(sizeOf(y)));
        const { dx, dw } = gradients(example, ones(example.x), ones(filter), ones(y));
        assertEquals(dx, new Float32Array(sizeOf(example.x)));
        assertEquals(dw, new Float32Array(sizeOf(filter)));
      }
    },
  );
}

// —— What TensorFlow.js refuses —————————————————————————————————————————————————————————————————

const images = () => tf.ones<tf.Rank.R4>([1, 4, 4, 4]);

for (
  const [title, compute, message] of [
    [
      'images in the format "NCHW"',
      () => tf.conv2d(images(), tf.ones([2, 2, 4, 1]), 1, "valid", "NCHW"),
      "does not support dataFormat:'channelsFirst'",
    ],
    [
      'the fused convolution of images in the format "NCHW"',
      () =>
        tf.fused.conv2d({
          x: images(),
          filter: tf.ones([2, 2, 4, 1]),
          strides: 1,
          pad: "valid",
          dataFormat: "NCHW",
        }),
      "does not support dataFormat:'NCHW'",
    ],
    [
      "grouped channels",
      () => tf.conv2d(images(), tf.ones([2, 2, 2, 4]), 1, "valid"),
      "depth of input (4) must match input depth for filter 2",
    ],
    [
      "int32 images",
      () => tf.conv2d(images().toInt(), tf.ones([2, 2, 4, 1]), 1, "valid"),
      "must be float32 tensor, but got int32",
    ],
    [
      "a bias with another number of channels",
      () =>
        tf.fused.conv2d({
          x: images(),
          filter: tf.ones([2, 2, 4, 3]),
          strides: 1,
          pad: "valid",
          bias: tf.ones([1]),
        }),
      "does not match the number of output channels (3)",
    ],
  ] as [string, () => tf.Tensor, string][]
) {
  testWithKernels(`${title} cannot be had, with either choice of kernels`, () => {
    for (const choice of ["stock", "own"] as const) {
      useKernels(choice);
      tf.engine().startScope();
      assertThrows(compute, Error, message);
      tf.engine().endScope();
    }
  });
}
