import { assert, assertEquals, assertGreater } from "@std/assert";
import { prepareBackend } from "../../experiments/backend.ts";
import { experimentOf } from "../../experiments/experiment.ts";
import { surestMistakes, testImages, trainShort } from "../../notebooks/lib/mod.ts";
import { granted } from "../permissions.ts";

Deno.test({
  name:
    "a short model has learned something, predicts with dataset statistics, and shows its mistakes",
  ignore: !granted("read"),
  async fn() {
    await prepareBackend();
    const experiment = experimentOf("mlp-post", { hidden: [16], batchSize: 250 });
    const short = await trainShort(experiment, 1);
    assertGreater(short.accuracy, 0.5);
    const [kind] = short.model.layers.filter(({ name }) => name === "dense1_bn")
      .map((layer) => layer.getConfig().statistics);
    assertEquals(kind, "dataset");

    const wrong = await surestMistakes(short, 5);
    assertEquals(wrong.length, 5);
    assert(wrong.every(({ actual, predicted }) => actual !== predicted));
    assertEquals(new Set(wrong.map(({ pixels }) => pixels.length)), new Set([784]));
  },
});

Deno.test({
  name: "testImages() gives the first test images, between 0 and 1, to keep",
  ignore: !granted("read"),
  async fn() {
    await prepareBackend();
    const images = await testImages(3);
    assertEquals(images.shape, [3, 28, 28, 1]);
    const [low, high] = [images.min().dataSync()[0], images.max().dataSync()[0]];
    assertEquals([low, high], [0, 1]);
  },
});
