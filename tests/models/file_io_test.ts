import { fileURLToPath, pathToFileURL } from "node:url";
import { relative } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { BatchNorm, computeDatasetStatistics, createMlp, useStatistics } from "../../mod.ts";
import { namesIn, testWithFolder } from "../folders.ts";

await tf.setBackend("cpu");

/** A model with our layer in it, trained for a few steps by an optimizer with a state. */
async function trained(): Promise<tf.Sequential> {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        inputShape: [3],
        units: 4,
        kernelInitializer: tf.initializers.heNormal({ seed: 1 }),
      }),
      new BatchNorm({ name: "bn", momentum: 0.5 }),
      tf.layers.dense({ units: 2, activation: "softmax" }),
    ],
  });
  model.compile({
    optimizer: tf.train.momentum(0.1, 0.9),
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
  await model.fit(X, Y, { epochs: 2, verbose: 0 });
  return model;
}

const X = tf.randomNormal([8, 3], 0, 1, "float32", 1);
const Y = tf.oneHot(tf.tensor1d([0, 1, 0, 1, 1, 0, 1, 0], "int32"), 2);

function outputs(model: tf.LayersModel): number[] {
  return [...(model.predict(X) as tf.Tensor).dataSync()];
}

/** The folder's path as a text without its last slash. */
function path(folder: URL): string {
  return fileURLToPath(folder).replace(/\/$/, "");
}

testWithFolder("a model is saved as two files, and loaded with our layer in it", async (folder) => {
  const model = await trained();
  const target = `${path(folder)}/new/cnn`;
  const { modelArtifactsInfo } = await model.save(`file://${target}`);
  assertEquals(namesIn(pathToFileURL(target)), ["model.json", "weights.bin"]);
  assertEquals(modelArtifactsInfo!.weightDataBytes, Deno.statSync(`${target}/weights.bin`).size);
  const json = JSON.parse(await Deno.readTextFile(`${target}/model.json`));
  assertEquals(json.weightsManifest.length, 1);
  assertEquals(json.weightsManifest[0].paths, ["weights.bin"]);
  assertEquals(json.format, "layers-model");
  assert(!("weightData" in json) && !("weightSpecs" in json) && !("trainingConfig" in json));

  const again = await tf.loadLayersModel(`file://${target}/model.json`);
  assert(again.layers[1] instanceof BatchNorm);
  assertEquals(outputs(again), outputs(model));
});

testWithFolder("dataset statistics and their choice are saved with the model", async (folder) => {
  const model = createMlp({ placement: "pre", hidden: [4], seed: 1 });
  const images = tf.randomNormal([16, 28, 28, 1], 0, 1, "float32", 2);
  await computeDatasetStatistics(model, () => [images as tf.Tensor4D]);
  useStatistics(model, "dataset");
  await model.save(`file://${path(folder)}`);
  const again = await tf.loadLayersModel(`file://${path(folder)}/model.json`);
  const predict = (model: tf.LayersModel) => [...(model.predict(images) as tf.Tensor).dataSync()];
  assertEquals(predict(again), predict(model));
});

testWithFolder(
  "with its optimizer, a model goes on training as if it had not been saved",
  async (folder) => {
    const model = await trained();
    await model.save(`file://${path(folder)}`, { includeOptimizer: true });
    const again = await tf.loadLayersModel(`file://${path(folder)}/model.json`);
    for (const one of [model, again]) {
      await one.fit(X, Y, {
        epochs: 1,
        verbose: 0,
        shuffle: false,
      });
    }
    assertEquals(outputs(again), outputs(model));
  },
);

testWithFolder("saving over a model replaces it, and leaves other files alone", async (folder) => {
  const url = `file://${path(folder)}`;
  await Deno.writeTextFile(new URL("notes.txt", folder), "mine");
  await (await trained()).save(url);
  const model = await trained();
  await model.fit(X, Y, { epochs: 1, verbose: 0 });
  await model.save(url);
  assertEquals(namesIn(folder), ["model.json", "notes.txt", "weights.bin"]);
  assertEquals(outputs(await tf.loadLayersModel(`${url}/model.json`)), outputs(model));
});

testWithFolder(
  "an address is a path as it stands, relative too, or what a URL makes of one",
  async (folder) => {
    const model = await trained();
    for (const name of ["plain", "a #1 100% ünï?,x", "50%20x", "a+b&c=d", "日本"]) {
      const target = new URL(`${encodeURIComponent(name)}/`, folder);
      const addresses = [
        pathToFileURL(path(target)).href,
        target.href,
        ...(name === "50%20x" ? [] : [`file://${path(target)}`, `file://${path(target)}/`]),
        `file://${relative(Deno.cwd(), path(target))}`,
        `file://./${relative(Deno.cwd(), path(target))}`,
      ];
      for (const address of addresses) {
        await model.save(address);
        assertEquals(namesIn(target), ["model.json", "weights.bin"], address);
        const again = await tf.loadLayersModel(`${address.replace(/\/$/, "")}/model.json`);
        assertEquals(outputs(again), outputs(model), address);
        await Deno.remove(target, { recursive: true });
      }
    }
    assertEquals(namesIn(folder), []);
  },
);

testWithFolder(
  "weights come from as many files as model.json lists, as converters write them",
  async (folder) => {
    const model = await trained();
    await model.save(`file://${path(folder)}`);
    const file = new URL("model.json", folder);
    const json = JSON.parse(await Deno.readTextFile(file));
    const bytes = await Deno.readFile(new URL("weights.bin", folder));
    const [{ weights }] = json.weightsManifest;
    // Two groups: the first layer's weights in three files, cut anywhere, and all others in one.
    const size = (count: number) =>
      4 *
      weights.slice(0, count).reduce(
        (sum: number, { shape }: { shape: number[] }) => sum + tf.util.sizeFromShape(shape),
        0,
      );
    const parts = { a1: [0, 7], a2: [7, 30], a3: [30, size(2)], b: [size(2), bytes.length] };
    for (const [name, [start, end]] of Object.entries(parts)) {
      await Deno.writeFile(new URL(`${name}.bin`, folder), bytes.subarray(start, end));
    }
    json.weightsManifest = [
      { paths: ["a1.bin", "a2.bin", "a3.bin"], weights: weights.slice(0, 2) },
      { paths: ["b.bin"], weights: weights.slice(2) },
    ];
    await Deno.writeTextFile(file, JSON.stringify(json));
    assertEquals(
      outputs(await tf.loadLayersModel(`file://${path(folder)}/model.json`)),
      outputs(model),
    );

    await Deno.remove(new URL("a2.bin", folder));
    await assertRejects(
      () => tf.loadLayersModel(`file://${path(folder)}/model.json`),
      Error,
      `Cannot load a model from ${path(folder)}/a2.bin: there is no such file`,
    );
  },
);

testWithFolder("weights that a converter made smaller are loaded", async (folder) => {
  const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 2 })] });
  await model.save(`file://${path(folder)}`);
  const file = new URL("model.json", folder);
  const json = JSON.parse(await Deno.readTextFile(file));
  const [kernel, bias] = json.weightsManifest[0].weights;
  kernel.quantization = { dtype: "uint8", min: -1, scale: 0.5, original_dtype: "float32" };
  bias.quantization = { dtype: "uint16", min: 0, scale: 2, original_dtype: "float32" };
  await Deno.writeTextFile(file, JSON.stringify(json));
  await Deno.writeFile(new URL("weights.bin", folder), Uint8Array.of(0, 2, 4, 6, 1, 0, 2, 0));
  const again = await tf.loadLayersModel(`file://${path(folder)}/model.json`);
  assertEquals(again.getWeights().map((w) => [...w.dataSync()]), [[-1, 0, 1, 2], [2, 4]]);
});

testWithFolder("what cannot be loaded is refused with its path and a way out", async (folder) => {
  const refused = async (name: string, ...words: string[]) => {
    const load = () => tf.loadLayersModel(`file://${path(folder)}${name}`);
    const { message } = await assertRejects(load, Error, `${path(folder)}${name}: `);
    for (const word of words) assertStringIncludes(message, word);
  };
  await refused("/model.json", "there is no such file", "model.save()");
  await refused("", "it is a folder", "model.json");
  for (
    const [text, words] of [["{", "not JSON"], ["", "not JSON"], ["17", "modelTopology"], [
      "null",
      "modelTopology",
    ], ['{"a":1}', "modelTopology"]]
  ) {
    await Deno.writeTextFile(new URL("model.json", folder), text);
    await refused("/model.json", words);
  }
});

testWithFolder("weights that were cut off are refused", async (folder) => {
  await (await trained()).save(`file://${path(folder)}`);
  const file = new URL("weights.bin", folder);
  const { size } = await Deno.stat(file);
  for (const length of [size - 1, size - 4, 0]) {
    await Deno.truncate(fileURLToPath(file), length);
    const load = () => tf.loadLayersModel(`file://${path(folder)}/model.json`);
    const { message } = await assertRejects(load, Error, `${path(folder)}/model.json: `);
    assertStringIncludes(
      message,
      `weights.bin beside it should hold ${size} bytes and hold ${length}`,
    );
  }
});

testWithFolder("what is in the way of the folder is left alone, and named", async (folder) => {
  const model = await trained();
  await Deno.writeTextFile(new URL("mine", folder), "mine");
  for (const name of ["mine", "mine/below"]) {
    const save = () => model.save(`file://${path(folder)}/${name}`);
    const { message } = await assertRejects(save, Error, `${path(folder)}/${name}: `);
    assertStringIncludes(message, "there is a file in its way");
  }
  assertEquals(await Deno.readTextFile(new URL("mine", folder)), "mine");
  await assertRejects(() => model.save("file://"), Error, "names no folder");
});

testWithFolder("a file that cannot be renamed leaves nothing beside its place", async (folder) => {
  await Deno.mkdir(new URL("model.json/full", folder), { recursive: true });
  const model = await trained();
  await assertRejects(() => model.save(`file://${path(folder)}`), Error, path(folder));
  assertEquals(namesIn(folder).filter((name) => name.endsWith(".tmp")), []);
});

Deno.test({
  name: "without permission, saving and loading say which flags grant it",
  permissions: { read: false, write: false },
  async fn() {
    const model = await trained();
    await assertRejects(
      () => model.save("file:///models/cnn"),
      Error,
      "--allow-read=/models/cnn --allow-write=/models/cnn",
    );
    await assertRejects(
      () => tf.loadLayersModel("file:///models/cnn/model.json"),
      Error,
      "--allow-read=/models/cnn",
    );
  },
});

testWithFolder(
  "where another serves file:// too, as tfjs-node, it alone is asked",
  async (folder) => {
    const asked: string[] = [];
    let here = true;
    const other = (url: string | string[]) => {
      if (!here || !String(url).startsWith("file://")) return null!;
      return {
        save: () => Promise.resolve({ modelArtifactsInfo: (asked.push(`save ${url}`), {}) }),
        load: () => Promise.reject(new Error(`load ${url}`)),
      } as unknown as tf.io.IOHandler;
    };
    tf.io.registerSaveRouter(other);
    tf.io.registerLoadRouter(other);
    try {
      const model = await trained();
      await model.save("file://theirs");
      assertEquals(asked, ["save file://theirs"]);
      await assertRejects(
        () => tf.loadLayersModel("file://theirs/model.json"),
        Error,
        "load file://theirs",
      );
      here = false;
      await model.save(`file://${path(folder)}`);
      assertEquals(namesIn(folder), ["model.json", "weights.bin"]);
    } finally {
      here = false;
    }
  },
);
