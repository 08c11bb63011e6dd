/**
 * Saving and loading models by `file://` addresses, which TensorFlow.js leaves to tfjs-node: in Deno
 * and in Node, with the same two files. Importing the package registers it; there is nothing to call.
 *
 * ```text
 * folder/model.json    the topology, what the model was compiled with, and which weights are where
 * folder/weights.bin   the weights, one after the other; the optimizer's too, where asked for
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { type Fault, fs, paths, urls } from "../data/builtins.ts";

type Router = Parameters<typeof tf.io.registerSaveRouter>[0];

if (fs && tf.io.getSaveHandlers("file://").length === 0) {
  tf.io.registerSaveRouter(routerBeside(tf.io.getSaveHandlers));
  tf.io.registerLoadRouter(routerBeside(tf.io.getLoadHandlers));
}

/** Serves `file://`, unless another does, as tfjs-node: TensorFlow.js refuses to choose between two. */
function routerBeside(handlersOf: (url: string) => tf.io.IOHandler[]): Router {
  let asking = false; // the others, and with them this one again
  return (url) => {
    if (asking || typeof url !== "string" || !url.startsWith("file://")) return null!;
    asking = true;
    try {
      return handlersOf(url).length > 0 ? null! : fileHandler(pathOf(url));
    } finally {
      asking = false;
    }
  };
}

function fileHandler(path: string): tf.io.IOHandler {
  return { save: (artifacts) => save(artifacts, path), load: () => load(path) };
}

/**
 * What stands behind `file://`: a path as it is, relative or absolute, as in tfjs-node; or what
 * `pathToFileURL(path).href` made of one, which has no sign that a URL would write otherwise.
 */
function pathOf(url: string): string {
  try {
    const isHref = /^file:\/\/\/[^?#]*$/.test(url) && new URL(url).href === url;
    if (isHref) return urls!.fileURLToPath(url);
  } catch {
    // A percent sign that stands for itself.
  }
  return url.slice("file://".length).replace(/^\/(?=[a-z]:[\\/])/i, ""); // file:///C:/models/my cnn
}

// ---- Saving -------------------------------------------------------------------------------------

/** Writes both files beside their places, then renames them: a full disk leaves what was there. */
async function save(artifacts: tf.io.ModelArtifacts, folder: string): Promise<tf.io.SaveResult> {
  const { weightSpecs: weights = [], weightData, getWeightStream: _, ...rest } = artifacts;
  if (rest.modelTopology instanceof ArrayBuffer) {
    throw new Error(`Cannot save the model in ${folder}: its topology is not JSON but binary.`);
  }
  if (folder === "") throw new Error('Cannot save the model: "file://" names no folder behind it.');
  const weightsManifest = [{ paths: ["weights.bin"], weights }];
  const files = [
    ["weights.bin", new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData))],
    ["model.json", JSON.stringify({ ...rest, weightsManifest })],
  ] as const;
  const place = (name: string) => paths!.join(folder, name);
  const beside = (name: string) => `${place(name)}.${id}.tmp`;
  const id = crypto.randomUUID();
  try {
    await fs!.mkdir(folder, { recursive: true });
    for (const [name, content] of files) await fs!.writeFile(beside(name), content);
    for (const [name] of files) await fs!.rename(beside(name), place(name));
  } catch (cause) {
    for (const [name] of files) await fs!.rm(beside(name), { force: true }).catch(() => {});
    throw new Error(`Cannot save the model in ${folder}: ${savingFault(cause as Fault, folder)}`, {
      cause,
    });
  }
  return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
}

// ---- Loading ------------------------------------------------------------------------------------

/** Reads `model.json`, and the weights from as many files as it lists, beside it. */
async function load(path: string): Promise<tf.io.ModelArtifacts> {
  const text = new TextDecoder().decode(await read(path));
  let json: tf.io.ModelJSON;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`Cannot load a model from ${path}: it is not JSON. ${WHAT_TO_LOAD}`, { cause });
  }
  if (typeof json?.modelTopology !== "object" || json.modelTopology === null) {
    throw new Error(`Cannot load a model from ${path}: it has no modelTopology. ${WHAT_TO_LOAD}`);
  }
  return await tf.io.getModelArtifactsForJSON(json, async (manifest) => {
    const names = manifest.flatMap(({ paths }) => paths);
    const shards = await Promise.all(
      names.map((name) => read(paths!.join(paths!.dirname(path), name))),
    );
    const specs = tf.io.getWeightSpecs(manifest);
    const [found, needed] = [
      sum(shards.map(({ byteLength }) => byteLength)),
      sum(specs.map(bytesOf)),
    ];
    if (found < needed) {
      throw new Error(
        `Cannot load a model from ${path}: ${names.join(", ")} beside it should hold ${needed} ` +
          `bytes and hold ${found}. Copy the whole folder again, or save the model anew.`,
      );
    }
    return [specs, shards];
  });
}

/** Of an element, as it is written; converters may write another type than the weight's. */
const BYTES: Record<string, number> = {
  ...{ float32: 4, int32: 4, complex64: 8, bool: 1 },
  ...{ float16: 2, uint16: 2, uint8: 1 },
};

/** What a weight takes in its file; NaN, which is never too much, of texts, which have any length. */
function bytesOf({ shape, dtype, quantization }: tf.io.WeightsManifestEntry): number {
  return tf.util.sizeFromShape(shape) * (BYTES[quantization?.dtype ?? dtype] ?? NaN);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const WHAT_TO_LOAD = "Name the model.json that model.save() or tensorflowjs_converter wrote.";

async function read(path: string): Promise<ArrayBuffer> {
  try {
    return Uint8Array.from(await fs!.readFile(path)).buffer;
  } catch (cause) {
    throw new Error(`Cannot load a model from ${path}: ${loadingFault(cause as Fault, path)}`, {
      cause,
    });
  }
}

// ---- What went wrong, and the way out -----------------------------------------------------------

function savingFault({ name, code, message }: Fault, folder: string): string {
  if (name === "NotCapable") {
    return `run Deno with --allow-read=${folder} --allow-write=${folder}`;
  }
  return code === "EEXIST" || code === "ENOTDIR"
    ? "there is a file in its way. Name a folder, which may be new."
    : `${message}. Make room, or name a folder that can be written.`;
}

function loadingFault({ name, code, message }: Fault, path: string): string {
  if (name === "NotCapable") return `run Deno with --allow-read=${paths!.dirname(path)}`;
  if (code === "ENOENT") return `there is no such file. ${WHAT_TO_LOAD}`;
  return code === "EISDIR" ? `it is a folder. ${WHAT_TO_LOAD}` : `${message}.`;
}
