/**
 * The layer that notebook 02 writes in its cells, copied out of them, against the float64 reference,
 * finite differences and TensorFlow.js's layer, in both modes.
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { notebookFiles, readNotebook } from "../../notebooks/run/notebook.ts";
import { withFolder } from "../folders.ts";
import { Random } from "../kernels/reference.ts";
import { granted } from "../permissions.ts";
import * as reference from "../reference/batch_norm_float64.ts";
import { assertClose, gradScales, maxAbs } from "../reference/batch_norm_float64.ts";

/** How the cells that make up the layer begin. */
const CELLS = [
  "const axesOf",
  "/** y [..., C]",
  "/** What the layer remembers",
  "const MOMENTUM",
];

type Layer = new (args: { inputShape: number[] }) => tf.layers.Layer;

/** The cells of the layer as a module, and how many lines they have. */
async function layerOfNotebook(folder: URL): Promise<{ Layer: Layer; lines: number }> {
  const [file] = await notebookFiles(["02"]);
  const code = (await readNotebook(file)).cells.filter(({ cell_type }) => cell_type === "code")
    .map(({ source }) => [source].flat().join(""));
  const cells = CELLS.map((begin) => code.find((text) => text.startsWith(begin))!);
  const text = cells.join("\n\n");
  const module = new URL("layer.ts", folder);
  await Deno.writeTextFile(
    module,
    `import * as tf from "@tensorflow/tfjs";\nconst EPSILON = 1e-3;\n${text}\nexport { FromScratch };\n`,
  );
  return {
    Layer: (await import(module.href)).FromScratch,
    lines: text.match(/^.*\S.*$/gm)!.length,
  };
}

const values = (tensor: tf.Tensor) => tensor.dataSync<"float32">();

Deno.test({
  name:
    "the layer of notebook 02 is that of the float64 reference, in training, on the way back and in prediction",
  ignore: !granted("read", "write"),
  fn: () =>
    withFolder(async (folder) => {
      await tf.setBackend("cpu");
      const { Layer, lines } = await layerOfNotebook(folder);
      assert(lines <= 60, `${lines} lines`);
      for (const shape of [[2, 1], [64, 16], [5, 4, 3, 2], [3, 6, 5, 4]]) {
        const random = new Random(shape.length);
        const channels = shape.at(-1)!;
        const size = tf.util.sizeFromShape(shape);
        const [x, dy] = [random.normals(size), random.normals(size)];
        const [gamma, beta] = [random.normals(channels), random.normals(channels)];
        const layer = new Layer({ inputShape: shape.slice(1) });
        tf.sequential({ layers: [layer] }); // builds it
        const [, , mean, variance] = layer.getWeights();
        layer.setWeights([tf.tensor1d(gamma), tf.tensor1d(beta), mean, variance]);
        const input = { x, gamma, beta, epsilon: 1e-3 };
        const label = `shape [${shape}]`;

        const train = (x: tf.Tensor) => layer.apply(x, { training: true }) as tf.Tensor;
        const y = train(tf.tensor(x, shape));
        const dx = tf.grad((x) => train(x).mul(tf.tensor(dy, shape)).sum())(tf.tensor(x, shape));
        const expected = { y: reference.training(input), ...reference.grad(input, dy) };
        const scale = gradScales(input, dy);
        assertClose(`${label}: y`, values(y), expected.y, maxAbs(expected.y));
        assertClose(`${label}: dx`, values(dx), expected.dx, scale.dx);
        const { grads } = tf.variableGrads(
          () => train(tf.tensor(x, shape)).mul<tf.Tensor>(tf.tensor(dy, shape)).sum<tf.Scalar>(),
          layer.trainableWeights.map((weight) => weight.read() as tf.Variable),
        );
        const [dGamma, dBeta] = Object.values(grads).map(values);
        assertClose(`${label}: dγ`, dGamma, expected.dGamma, scale.dGamma);
        assertClose(`${label}: dβ`, dBeta, expected.dBeta, scale.dBeta);

        // Three batches went through it: the moving average remembers them, and prediction uses it.
        const [, , moving, spread] = layer.getWeights().map(values);
        const batch = reference.moments(x, channels);
        const left = 0.99 ** 3;
        const remembered = {
          mean: batch.mean.map((value) => (1 - left) * value),
          variance: batch.variance.map((value) => left + (1 - left) * value),
        };
        assertClose(`${label}: moving mean`, moving, remembered.mean, 1);
        assertClose(`${label}: moving variance`, spread, remembered.variance, 1);
        const predicted = reference.prediction(input, remembered);
        const prediction = values(layer.apply(tf.tensor(x, shape)) as tf.Tensor);
        assertClose(`${label}: prediction`, prediction, predicted, maxAbs(predicted));
        const alone = values(layer.apply(tf.tensor(x, shape).slice(0, 1)) as tf.Tensor);
        assertEquals([...alone], [...prediction.slice(0, alone.length)], "an image needs no other");
      }
    }),
});

Deno.test({
  name:
    "the gradient of notebook 02's layer is that of finite differences with random output weights",
  ignore: !granted("read", "write"),
  fn: () =>
    withFolder(async (folder) => {
      await tf.setBackend("cpu");
      const { Layer } = await layerOfNotebook(folder);
      const layer = new Layer({ inputShape: [3] });
      tf.sequential({ layers: [layer] });
      const random = new Random(2);
      const numbers = () => tf.tensor(random.normals(24), [8, 3]);
      const [x, r] = [numbers(), numbers()];
      const loss = (x: tf.Tensor) =>
        (layer.apply(x, { training: true }) as tf.Tensor).mul<tf.Tensor>(r).sum<tf.Scalar>();
      const gradient = values(tf.grad(loss)(x));
      const h = 1e-2;
      for (let i = 0; i < 24; i++) {
        const step = tf.oneHot(tf.scalar(i, "int32"), 24).reshape([8, 3]).mul(h);
        const quotient = (values(loss(x.add(step)))[0] - values(loss(x.sub(step)))[0]) / (2 * h);
        assertLess(Math.abs(quotient - gradient[i]), 2e-3);
      }
    }),
});
