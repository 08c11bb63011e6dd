import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { loadFashionMnist } from "../../data/fashion_mnist.ts";
import type { LabeledImages } from "../../data/labeled_images.ts";
import { rawScaling, scaleImages, standardizedScaling, unitScaling } from "../../data/scaling.ts";
import { granted } from "../permissions.ts";

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** One image with these first pixels; all others get the value of the last one. */
function oneImage(...pixels: number[]): LabeledImages {
  const images = new Uint8Array(28 * 28).fill(pixels.at(-1)!);
  images.set(pixels);
  return { images, labels: Uint8Array.of(0), count: 1 };
}

Deno.test("rawScaling leaves every byte as it is", () => {
  assertEquals(scaleImages(ALL_BYTES, rawScaling), Float32Array.from(ALL_BYTES));
});

Deno.test("unitScaling divides every byte by 255, rounded once to float32", () => {
  assertEquals(
    scaleImages(ALL_BYTES, unitScaling),
    Float32Array.from(ALL_BYTES, (byte) => Math.fround(byte / 255)),
  );
});

Deno.test("scaleImages keeps the arrangement and does not change the bytes", () => {
  const bytes = Uint8Array.of(9, 1, 9, 255, 0);
  const scaled = scaleImages(bytes, { name: "standardized", mean: 1, deviation: 2 });
  assertEquals([...scaled], [4, 0, 4, 127, -0.5]);
  assertEquals([...bytes], [9, 1, 9, 255, 0]);
});

Deno.test("scaleImages of nothing is nothing", () => {
  assertEquals(scaleImages(new Uint8Array(0), unitScaling).length, 0);
});

Deno.test("scaleImages refuses a deviation of 0 and everything that is not finite", () => {
  const scale = (mean: number, deviation: number) => () =>
    scaleImages(ALL_BYTES, { name: "standardized", mean, deviation });
  assertThrows(scale(0, 0), RangeError, "deviation 0");
  assertThrows(scale(0, -1), RangeError, "deviation -1");
  assertThrows(scale(0, NaN), RangeError, "deviation NaN");
  assertThrows(scale(0, Infinity), RangeError, "deviation Infinity");
  assertThrows(scale(NaN, 1), RangeError, "mean NaN");
});

Deno.test("standardizedScaling takes the mean and the biased deviation of all pixels", () => {
  // One pixel of 28 and 783 of 0: the mean is 28/784 = 1/28, the variance 28²/784 − (1/28)².
  const { name, mean, deviation } = standardizedScaling(oneImage(28, 0));
  assertEquals(name, "standardized");
  assertAlmostEquals(mean, 1 / 28, 1e-15);
  assertAlmostEquals(deviation, Math.sqrt(1 - 1 / 784), 1e-15);
});

Deno.test("standardizedScaling does not cancel where the deviation is small beside the mean", () => {
  // One pixel of 254 among 783 of 255: the variance is (1/784)(783/784).
  const { deviation } = standardizedScaling(oneImage(254, 255));
  assertAlmostEquals(deviation, Math.sqrt(783) / 784, 1e-14);
});

Deno.test("standardizedScaling refuses images whose pixels are all equal, and says which", () => {
  for (const byte of [0, 7, 255]) {
    assertThrows(() => standardizedScaling(oneImage(byte)), RangeError, `the value ${byte}`);
  }
});

Deno.test("standardizedScaling refuses a split without images", () => {
  const none = { images: new Uint8Array(0), labels: new Uint8Array(0), count: 0 };
  assertThrows(() => standardizedScaling(none), RangeError, "0 images");
});

Deno.test({
  name: "standardizedScaling of Fashion-MNIST's training split is what exact arithmetic gives",
  ignore: !granted("read"),
  async fn() {
    // NumPy, int64 sums of the first 55,000 images; the root in 40 decimal digits:
    //   x = np.frombuffer(gzip.open("train-images-idx3-ubyte.gz").read(), np.uint8)[16:]
    //   x = x.reshape(-1, 784)[:55000].astype(np.int64)
    //   x.size, x.sum(), (x * x).sum()   # 43120000 3142732765 578317231975
    const scaling = standardizedScaling((await loadFashionMnist()).train);
    assertEquals(scaling.mean, 3142732765 / 43120000);
    assertAlmostEquals(scaling.deviation, 89.99898759664781625822, 1e-12);
  },
});

Deno.test({
  name: "standardized training images have mean 0 and variance 1",
  ignore: !granted("read"),
  async fn() {
    const { train } = await loadFashionMnist();
    let sum = 0, sumOfSquares = 0;
    for (const x of scaleImages(train.images, standardizedScaling(train))) {
      sum += x;
      sumOfSquares += x * x;
    }
    assertAlmostEquals(sum / train.images.length, 0, 1e-7);
    assertAlmostEquals(sumOfSquares / train.images.length, 1, 1e-7);
  },
});
