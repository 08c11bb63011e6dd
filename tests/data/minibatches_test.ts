import * as tf from "@tensorflow/tfjs";
import {
  assert,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { LabeledImages } from "../../data/labeled_images.ts";
import {
  countBatches,
  type LastBatch,
  minibatches,
  type MinibatchOptions,
} from "../../data/minibatches.ts";
import { shuffledIndices } from "../../data/shuffle.ts";
import { rawScaling, unitScaling } from "../../data/scaling.ts";

await tf.setBackend("cpu");

const PIXELS = 28 * 28;

/** `count` images; image i has i in its first pixel, i + 100 in its last, and the label i mod 10. */
function numbered(count: number): LabeledImages {
  const images = new Uint8Array(count * PIXELS);
  for (let i = 0; i < count; i++) {
    images[i * PIXELS] = i;
    images[(i + 1) * PIXELS - 1] = i + 100;
  }
  return { images, labels: Uint8Array.from({ length: count }, (_, i) => i % 10), count };
}

/** For each batch the numbers of its images, read back from the tensors. */
function numbersOf(split: LabeledImages, options: Omit<MinibatchOptions, "scaling">): number[][] {
  const batches = [];
  for (const { images, size } of minibatches(split, { scaling: rawScaling, ...options })) {
    const pixels = images.dataSync();
    batches.push(Array.from({ length: size }, (_, row) => pixels[row * PIXELS]));
  }
  return batches;
}

function inOrder(numbers: Iterable<number>): number[] {
  return [...numbers].sort((a, b) => a - b);
}

// ---- What a batch is ----------------------------------------------------------------------------

Deno.test("a batch has images [size, 28, 28, 1], one-hot labels [size, 10] and its size", () => {
  const batches = minibatches(numbered(6), { batchSize: 3, scaling: unitScaling });
  const { images, labels, size } = batches.next().value!;
  assertEquals([images.shape, images.dtype], [[3, 28, 28, 1], "float32"]);
  assertEquals([labels.shape, labels.dtype], [[3, 10], "float32"]);
  assertEquals(size, 3);
  batches.return();
});

Deno.test("a batch has its images' scaled pixels at their places and their labels", () => {
  const shuffle = { seed: 3, epoch: 1 };
  const split = numbered(12);
  const seen = [];
  for (const batch of minibatches(split, { batchSize: 4, scaling: unitScaling, shuffle })) {
    const pixels = batch.images.arraySync();
    const oneHot = batch.labels.arraySync();
    for (let row = 0; row < batch.size; row++) {
      const number = Math.round(pixels[row][0][0][0] * 255);
      assertEquals(pixels[row][0][0][0], Math.fround(number / 255));
      assertEquals(pixels[row][27][27][0], Math.fround((number + 100) / 255));
      assertEquals(pixels[row].flat(2).filter((x) => x !== 0).length, number === 0 ? 1 : 2);
      assertEquals(oneHot[row].map(Number), [...Array(10).keys()].map((k) => +(k === number % 10)));
      seen.push(number);
    }
  }
  assertEquals(seen, [...shuffledIndices(12, 3, 1)]);
});

// ---- Order --------------------------------------------------------------------------------------

Deno.test("without shuffle, batches come in the order of the split, the last one smaller", () => {
  assertEquals(numbersOf(numbered(5), { batchSize: 2 }), [[0, 1], [2, 3], [4]]);
  assertEquals(numbersOf(numbered(4), { batchSize: 2 }), [[0, 1], [2, 3]]);
  assertEquals(numbersOf(numbered(2), { batchSize: 3 }), [[0, 1]]);
});

Deno.test("with shuffle, batches are full, and the images left over are dropped", () => {
  const [first, second, ...more] = numbersOf(numbered(11), {
    batchSize: 5,
    shuffle: { seed: 1, epoch: 0 },
  });
  assertEquals([...first, ...second], [...shuffledIndices(11, 1, 0).slice(0, 10)]);
  assertEquals(more, []);
});

Deno.test("over the epochs, the image that is dropped is a different one", () => {
  const dropped = new Set<number>();
  for (let epoch = 0; epoch < 60; epoch++) {
    const used = new Set(numbersOf(numbered(5), { batchSize: 4, shuffle: { seed: 1, epoch } })[0]);
    dropped.add([0, 1, 2, 3, 4].find((i) => !used.has(i))!);
  }
  assertEquals(dropped.size, 5);
});

Deno.test("lastBatch overrides both defaults", () => {
  assertEquals(numbersOf(numbered(5), { batchSize: 2, lastBatch: "drop" }), [[0, 1], [2, 3]]);
  const shuffle = { seed: 1, epoch: 0 };
  const kept = numbersOf(numbered(5), { batchSize: 2, shuffle, lastBatch: "keep" });
  assertEquals(kept.map((batch) => batch.length), [2, 2, 1]);
  assertEquals(inOrder(kept.flat()), [0, 1, 2, 3, 4]);
});

Deno.test("the same seed and epoch give the same batches, another epoch gives others", () => {
  const batches = (epoch: number) =>
    numbersOf(numbered(40), { batchSize: 8, shuffle: { seed: 7, epoch } });
  assertEquals(batches(2), batches(2));
  assertNotEquals(batches(2), batches(3));
});

// ---- Memory -------------------------------------------------------------------------------------

Deno.test("a batch's tensors are disposed of when the next batch is asked for", () => {
  const before = tf.memory().numTensors;
  const batches = minibatches(numbered(6), { batchSize: 2, scaling: unitScaling });
  assertEquals(tf.memory().numTensors, before);
  const first = batches.next().value!;
  assertEquals(tf.memory().numTensors, before + 2);
  const second = batches.next().value!;
  assertEquals(tf.memory().numTensors, before + 2);
  assert(first.images.isDisposed && first.labels.isDisposed);
  assert(!second.images.isDisposed && !second.labels.isDisposed);
  batches.return();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("no tensor is left when the loop ends, is broken off or throws", () => {
  const before = tf.memory().numTensors;
  const batches = () => minibatches(numbered(6), { batchSize: 2, scaling: unitScaling });
  let seen = 0;
  for (const _ of batches()) seen++;
  assertEquals(tf.memory().numTensors, before);
  for (const _ of batches()) {
    seen++;
    break;
  }
  assertEquals(tf.memory().numTensors, before);
  assertThrows(() => {
    for (const _ of batches()) {
      seen++;
      throw new Error("out of the loop");
    }
  });
  assertEquals(tf.memory().numTensors, before);
  assertEquals(seen, 3 + 1 + 1);
});

Deno.test("a batch that the caller has disposed of already does no harm", () => {
  const before = tf.memory().numTensors;
  for (
    const { images, labels } of minibatches(numbered(4), { batchSize: 2, scaling: rawScaling })
  ) {
    tf.dispose([images, labels]);
  }
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("a clone outlives its batch", () => {
  let kept: tf.Tensor | undefined;
  for (const { labels } of minibatches(numbered(2), { batchSize: 1, scaling: rawScaling })) {
    kept ??= labels.clone();
  }
  assertEquals([...kept!.dataSync()], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  kept!.dispose();
});

// ---- Faults -------------------------------------------------------------------------------------

Deno.test("minibatches refuses a batch size that is not a whole number of at least 1, at once", () => {
  for (const batchSize of [0, -1, 2.5, NaN, Infinity]) {
    assertThrows(
      () => minibatches(numbered(4), { batchSize, scaling: rawScaling }),
      RangeError,
      `batchSize must be a whole number of at least 1, not ${batchSize}`,
    );
  }
});

Deno.test("minibatches refuses to drop every image, at once, and says what to do", () => {
  const shuffle = { seed: 0, epoch: 0 };
  const { message } = assertThrows(
    () => minibatches(numbered(3), { batchSize: 4, scaling: rawScaling, shuffle }),
    RangeError,
    "a batch of 4 from 3 images",
  );
  assert(message.includes("lower batchSize") && message.includes('"keep"'));
});

Deno.test("minibatches refuses a split without images, also when the last batch is kept", () => {
  assertThrows(
    () => minibatches(numbered(0), { batchSize: 4, scaling: rawScaling }),
    RangeError,
    "from 0 images",
  );
});

Deno.test("minibatches refuses a split whose arrays do not fit its count", () => {
  const split = numbered(3);
  const refuse = (broken: LabeledImages, reason: string) =>
    assertThrows(
      () => minibatches(broken, { batchSize: 1, scaling: rawScaling }),
      RangeError,
      reason,
    );
  refuse({ ...split, count: 2 }, "A split of 2 images");
  refuse({ ...split, labels: split.labels.subarray(1) }, "has 2 and");
  refuse({ ...split, images: split.images.subarray(1) }, `has 3 and ${3 * PIXELS - 1}`);
  refuse({ ...split, labels: Uint8Array.of(0, 10, 1) }, "Label 1 of the split is 10");
});

// ---- countBatches -------------------------------------------------------------------------------

Deno.test("countBatches counts the batches that minibatches makes", () => {
  for (const lastBatch of ["drop", "keep"] as LastBatch[]) {
    for (let count = 3; count <= 9; count++) {
      assertEquals(
        countBatches(count, 3, lastBatch),
        numbersOf(numbered(count), { batchSize: 3, lastBatch }).length,
        `${count} images, ${lastBatch}`,
      );
    }
  }
  assertEquals(countBatches(2, 3, "drop"), 0);
  assertEquals(countBatches(2, 3, "keep"), 1);
  assertEquals(countBatches(0, 3, "keep"), 0);
});

Deno.test("countBatches refuses numbers that count nothing", () => {
  assertThrows(() => countBatches(-1, 3, "keep"), RangeError, "count must be");
  assertThrows(() => countBatches(1.5, 3, "keep"), RangeError, "count must be");
  assertThrows(() => countBatches(3, 0, "keep"), RangeError, "batchSize must be");
});

// ---- shuffledIndices ----------------------------------------------------------------------------

Deno.test("shuffledIndices has every index exactly once", () => {
  for (const count of [0, 1, 2, 3, 100, 55_000]) {
    const indices = shuffledIndices(count, 42, 0);
    assertEquals(inOrder(indices), [...Array(count).keys()]);
  }
});

Deno.test("shuffledIndices gives the orders that another implementation gives", () => {
  // Written down from a Python program that follows the published algorithms: MurmurHash3's
  // finalizer, xoroshiro128+ (24, 16, 37) with 64-bit words, Fisher-Yates from the end.
  assertEquals([...shuffledIndices(5, 1, 0)], [2, 0, 3, 4, 1]);
  assertEquals([...shuffledIndices(10, 0, 0)], [1, 4, 8, 2, 6, 5, 9, 0, 3, 7]);
  assertEquals([...shuffledIndices(10, 1, 2)], [1, 7, 9, 2, 4, 6, 8, 5, 0, 3]);
  assertEquals([...shuffledIndices(10, 2, 1)], [1, 5, 4, 3, 8, 0, 7, 9, 2, 6]);
  const last = 2 ** 32 - 1;
  assertEquals([...shuffledIndices(10, last, last)], [5, 1, 7, 4, 0, 2, 8, 6, 9, 3]);
});

Deno.test("shuffledIndices gives every pair of small seeds and epochs an order of its own", () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    for (let epoch = 0; epoch < 20; epoch++) orders.add(shuffledIndices(50, seed, epoch).join());
  }
  assertEquals(orders.size, 400);
});

for (const varied of ["seed", "epoch"]) {
  Deno.test(`shuffledIndices gives each order equally often while the ${varied} counts up`, () => {
    const tally = new Map<string, number>();
    for (let n = 0; n < 2400; n++) {
      const order = varied === "seed" ? shuffledIndices(4, n, 0) : shuffledIndices(4, 0, n);
      tally.set(order.join(), (tally.get(order.join()) ?? 0) + 1);
    }
    assertEquals(tally.size, 24);
    const chiSquare = tally.values().reduce((sum, n) => sum + (n - 100) ** 2 / 100, 0);
    assertLess(chiSquare, 49.7); // 23 degrees of freedom: exceeded by chance in 1 of 1,000 cases
  });
}

Deno.test("shuffledIndices refuses what is not a whole number of 32 bits", () => {
  for (const wrong of [-1, 0.5, NaN, 2 ** 32]) {
    assertThrows(() => shuffledIndices(wrong, 0, 0), RangeError, `count must be`);
    assertThrows(() => shuffledIndices(3, wrong, 0), RangeError, `not ${wrong}`);
    assertThrows(() => shuffledIndices(3, 0, wrong), RangeError, "epoch must be");
  }
});

for (
  const [what, options, message] of [
    ["a misspelt option", { batchSise: 8 }, 'an option "batchSise": there is none of that name'],
    ["no scaling", { scaling: undefined }, "without scaling: pass unitScaling"],
    ["an unknown last batch", { lastBatch: "kep" }, 'must be "drop" or "keep", not "kep"'],
  ] as [string, object, string][]
) {
  Deno.test(`minibatches() refuses ${what}, before the first batch`, () => {
    const split = { images: new Uint8Array(784), labels: new Uint8Array(1), count: 1 };
    const given = { batchSize: 1, scaling: unitScaling, ...options };
    assertStringIncludes(
      assertThrows(() => minibatches(split, given as never), Error).message,
      message,
    );
  });
}
