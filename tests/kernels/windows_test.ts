/**
 * Windows of convolutions and pooling: those that fit nowhere are refused, and gradients are right, or
 * refused, where the number of windows is rounded up.
 */
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { kernelsInUse } from "../../kernels/mod.ts";
import { testOnBackend } from "../backends.ts";
import {
  conv2dFilterGradient,
  conv2dInputGradient,
  convolutionShapes,
  eachTap,
  maxPoolGradient,
  Random,
  sizeOf,
  windowCounts,
  type Windows,
} from "./reference.ts";

const images = (height: number, width: number, channels = 1) =>
  tf.ones<tf.Rank.R4>([1, height, width, channels]);
const filter = (...shape: [number, number, number, number]) => tf.ones<tf.Rank.R4>(shape);

/** What is refused, and the image, window and dilation that the message names. */
const REFUSED: [title: string, compute: () => unknown, message: string][] = [
  [
    "a convolution",
    () => tf.conv2d(images(2, 2), filter(3, 3, 1, 1), 1, "valid"),
    "a window of 3×3 on images of 2×2: it fits nowhere",
  ],
  [
    "a convolution that fits in height alone",
    () => tf.conv2d(images(5, 2), filter(3, 3, 1, 1), 2, "valid"),
    "3×3 on images of 5×2",
  ],
  [
    "a dilated convolution",
    () => tf.conv2d(images(3, 3), filter(3, 3, 1, 1), 1, "valid", "NHWC", [5, 4]),
    "a window of 3×3 at dilation 5×4 on images of 3×3",
  ],
  [
    "a convolution with too little padding",
    () => tf.conv2d(images(1, 1), filter(5, 5, 1, 1), 1, 1),
    "5×5 on images of 1×1",
  ],
  [
    "a convolution with explicit padding",
    () => tf.conv2d(images(1, 4), filter(4, 4, 1, 1), 1, [[0, 0], [1, 1], [0, 0], [0, 0]]),
    "4×4 on images of 1×4",
  ],
  [
    "a convolution of images without pixels",
    () => tf.conv2d(images(0, 5), filter(3, 3, 1, 1), 1, "same"),
    "3×3 on images of 0×5",
  ],
  [
    "a fused convolution",
    () =>
      tf.fused.conv2d({
        x: images(2, 2),
        filter: filter(3, 3, 1, 1),
        strides: 1,
        pad: "valid",
        activation: "relu",
      }),
    "3×3 on images of 2×2",
  ],
  [
    "a depthwise convolution",
    () => tf.depthwiseConv2d(images(2, 2, 3), filter(1, 3, 3, 1), 1, "valid"),
    "1×3 on images of 2×2",
  ],
  [
    "a separable convolution",
    () => tf.separableConv2d(images(2, 2, 3), filter(3, 3, 3, 1), filter(1, 1, 3, 2), 1, "valid"),
    "3×3 on images of 2×2",
  ],
  ["max-pooling", () => tf.maxPool(images(2, 5), 3, 2, "valid"), "3×3 on images of 2×5"],
  ["max-pooling with padding", () => tf.maxPool(images(1, 1), 4, 2, 1), "4×4 on images of 1×1"],
  ["average pooling", () => tf.avgPool(images(2, 5), [1, 6], 1, "valid"), "1×6 on images of 2×5"],
  [
    "a morphological dilation",
    () => tf.dilation2d(images(2, 2), tf.ones<tf.Rank.R3>([3, 3, 1]), 1, "valid"),
    "3×3 on images of 2×2",
  ],
  [
    "a convolution in three dimensions",
    () => tf.conv3d(tf.ones<tf.Rank.R5>([1, 2, 4, 4, 1]), tf.ones([3, 1, 1, 1, 1]), 1, "valid"),
    "3×1×1 on images of 2×4×4",
  ],
  [
    "max-pooling in three dimensions",
    () => tf.maxPool3d(tf.ones<tf.Rank.R5>([1, 4, 4, 1, 1]), 2, 2, "valid"),
    "2×2×2 on images of 4×4×1",
  ],
  [
    "average pooling in three dimensions",
    () => tf.avgPool3d(tf.ones<tf.Rank.R5>([1, 4, 4, 1, 1]), 2, 2, "valid"),
    "2×2×2 on images of 4×4×1",
  ],
];

for (const [title, compute, message] of REFUSED) {
  testOnBackend("wasm", `${title} whose window fits nowhere is refused`, () => {
    tf.tidy(() => void assertThrows(compute, RangeError, message));
  });
}

testOnBackend("wasm", "a batch of no images has no windows to refuse", () => {
  tf.tidy(() => {
    assertEquals(tf.maxPool(tf.ones<tf.Rank.R4>([0, 4, 4, 1]), 2, 2, "valid").shape, [0, 2, 2, 1]);
  });
});

// —— Rounding modes —————————————————————————————————————————————————————————————————————————————

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assertEquals(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    assertAlmostEquals(actual[i], expected[i], 1e-5, `${i}`);
  }
}

/** Whether there are more windows than lie on the image. */
function roundsUp(example: Windows): boolean {
  return sizeOf(windowCounts(example)) > sizeOf(windowCounts({ ...example, rounding: "floor" }));
}

/** Images 4 … 7 high and wide, square windows: TensorFlow.js rounds both sides by the height's. */
function* roundedCases(): Generator<Windows> {
  for (const rounding of ["floor", "round", "ceil"] as const) {
    for (const side of [4, 5, 6, 7]) {
      for (const [window, stride] of [[2, 2], [2, 3], [3, 2], [3, 3]]) {
        for (const pad of [0, 1]) {
          yield {
            x: [2, side, side, 3],
            window: [window, window],
            strides: [stride, stride],
            dilations: [1, 1],
            pad,
            rounding,
          };
        }
      }
    }
  }
}

testOnBackend("wasm", "max-pooling's gradient is right in every rounding mode", () => {
  const random = new Random(1);
  for (const example of roundedCases()) {
    const { x: shape, window, strides, pad, rounding } = example;
    const x = random.numbers(sizeOf(shape));
    const dy = random.numbers(shape[0] * sizeOf(windowCounts(example)) * shape[3]);
    const pool = (images: tf.Tensor) =>
      tf.maxPool(images as tf.Tensor4D, window, strides, pad as number, rounding);
    tf.tidy(() => {
      const images = tf.tensor(x, shape);
      const dx = tf.grad(pool)(images, tf.tensor(dy, pool(images).shape));
      assertClose(dx.dataSync(), maxPoolGradient(example, x, dy));
    });
  }
});

testOnBackend(
  "wasm",
  "average pooling's gradient shares dy among the values below a window",
  () => {
    const random = new Random(3);
    for (const example of roundedCases()) {
      const { x: shape, window, strides, pad, rounding } = example;
      const C = shape[3];
      const windows = shape[0] * sizeOf(windowCounts(example));
      const dy = random.numbers(windows * C);
      const counts = new Float64Array(windows);
      eachTap(example, (output) => counts[output]++);
      if (counts.includes(0)) continue; // a mean of nothing
      const expected = new Float64Array(sizeOf(shape));
      eachTap(example, (output, _tap, pixel) => {
        for (let c = 0; c < C; c++) expected[pixel * C + c] += dy[output * C + c] / counts[output];
      });
      const pool = (images: tf.Tensor) =>
        tf.avgPool(images as tf.Tensor4D, window, strides, pad as number, rounding);
      tf.tidy(() => {
        const images = tf.tensor(random.numbers(sizeOf(shape)), shape);
        const dx = tf.grad(pool)(images, tf.tensor(dy, pool(images).shape));
        assertClose(dx.dataSync(), expected);
      });
    }
  },
);

testOnBackend(
  "wasm",
  "a convolution's gradients are right in every rounding mode, or refused",
  () => {
    const random = new Random(2);
    for (const windows of roundedCases()) {
      const example = { ...windows, O: 2 };
      const { filter, y } = convolutionShapes(example);
      const [x, w, dy] = [example.x, filter, y].map((shape) => random.numbers(sizeOf(shape)));
      const { strides, pad, rounding } = example;
      tf.tidy(() => {
        const images = tf.tensor<tf.Rank.R4>(x, example.x);
        const [weights, gradient] = [tf.tensor<tf.Rank.R4>(w, filter), tf.tensor(dy, y)];
        const dw = tf.grad((w) =>
          tf.conv2d(images, w as tf.Tensor4D, strides, pad as number, "NHWC", 1, rounding)
        )(weights, gradient);
        assertClose(dw.dataSync(), conv2dFilterGradient(example, x, dy).values);
        // As its gradient calls it, without the rounding mode.
        const attrs = { strides, pad, dataFormat: "NHWC", inputShape: example.x } as never;
        const inputs = { dy: gradient, filter: weights };
        const dx = () => tf.engine().runKernel<tf.Tensor>("Conv2DBackpropInput", inputs, attrs);
        if (kernelsInUse() === "stock" && roundsUp(example)) {
          assertThrows(dx, RangeError, "Cannot take the gradient of a");
        } else assertClose(dx().dataSync(), conv2dInputGradient(example, w, dy).values);
      });
    }
  },
);

testOnBackend(
  "wasm",
  "a transposed convolution of an image that has other windows is refused",
  () => {
    tf.tidy(() => {
      const [dy, weights] = [images(3, 3), filter(3, 3, 1, 1)];
      assertThrows(
        () => tf.conv2dTranspose(dy, weights, [1, 6, 6, 1], 2, "valid"),
        RangeError,
        "a 3×3 window on images of 6×6 from a dy of 3×3: there are 2×2 windows",
      );
    });
  },
);
