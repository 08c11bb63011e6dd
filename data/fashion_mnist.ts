/**
 * Fashion-MNIST: 70,000 grey images of clothes, 28×28, in ten classes. The four original files lie
 * next to this one; any data set in the same files and format (MNIST, KMNIST) can take their place,
 * packed or unpacked.
 *
 * Loading is: read → verify the SHA-256 → decompress → parse → check → split. Images stay bytes
 * here; `scaling.ts` and `minibatches.ts` turn them into tensors.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ungzip } from "pako";
import { DataError } from "./data_error.ts";
import { assertOptionNames } from "./options.ts";
import { sha256Of } from "./sha256.ts";
import { type IdxArray, parseIdx } from "./idx.ts";

/** Images and what they show. */
export interface LabeledImages {
  /** Grey levels 0 (background) … 255: `[count, 28, 28]`, row-major. */
  readonly images: Uint8Array;
  /** The class of each image, 0…9: `[count]`. */
  readonly labels: Uint8Array;
  /** How many images there are. */
  readonly count: number;
}

/** A loaded data set: three disjoint splits, and what identifies them. */
export interface FashionMnist {
  /** What the weights are learned from: 55,000 images. */
  readonly train: LabeledImages;
  /** What is looked at while choices are still made: 5,000 images. */
  readonly validation: LabeledImages;
  /** What is looked at once, in the end: 10,000 images. */
  readonly test: LabeledImages;
  /** File name → SHA-256 of the file as it was read, packed or not, in hexadecimal. */
  readonly sha256: Record<string, string>;
  /**
   * One SHA-256 for the whole data set, whatever its files are called and however they are packed:
   * that of the four sums of the unpacked files, written as `sha256sum` writes them and ordered by
   * file name. Where these lie unpacked under their usual names, `sha256sum *-ubyte | sha256sum`
   * prints the same. Fashion-MNIST alone has that of the files as they were published:
   * {@linkcode FASHION_MNIST}.
   */
  readonly checksum: string;
  /** Where the files were read: a folder path, or a URL. */
  readonly source: string;
}

/** Options of {@linkcode loadFashionMnist}. */
export interface LoadOptions {
  /**
   * The folder that holds the four files: a path, or a `file:`, `http:` or `https:` URL, with or
   * without a slash at the end.
   *
   * @default {the files that come with this package}
   */
  source?: string | URL;
}

/** Height and width of every image, in pixels. */
export const IMAGE_SIZE = 28;

/** How many classes there are. */
export const NUM_CLASSES = 10;

/** What each label of Fashion-MNIST stands for: `CLASS_NAMES[label]`. */
export const CLASS_NAMES: readonly string[] = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
];

/**
 * The checksum of Fashion-MNIST: that of the four files as they were published, which is also
 * `sha256sum SHA256SUMS` of the embedded ones.
 */
export const FASHION_MNIST = "4208722e2f95c92b7e6f0789caf8e8b31dee57cf57b10c3956b314f438b6f3d2";

/** The checksum that the same images and labels have by the sums of the unpacked files. */
const FASHION_MNIST_UNPACKED = "d0a13531871adf77cb1d75902c9d2a2fdf613723748f5e8c24e0169faf064dc8";

/**
 * The name of a data set that is known by its checksum, wherever it lies: `fashion-mnist`, or
 * undefined for any other.
 *
 * @param checksum As in {@linkcode FashionMnist}.
 */
export function knownName(checksum: string): string | undefined {
  return checksum === FASHION_MNIST ? "fashion-mnist" : undefined;
}

/**
 * What a data set is called: by its checksum where that is known, else by its folder.
 *
 * @param data As it was loaded.
 *
 * @example
 * ```ts
 * import { datasetName, FASHION_MNIST } from "@batchnorm/from-scratch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(datasetName({ checksum: FASHION_MNIST, source: "/FashionMNIST/raw" }), "fashion-mnist");
 * assertEquals(datasetName({ checksum: "5f1d…", source: "https://example.org/kmnist/" }), "kmnist");
 * ```
 */
export function datasetName(
  { checksum, source }: Pick<FashionMnist, "checksum" | "source">,
): string {
  const known = knownName(checksum);
  if (known) return known;
  if (!/^https?:/i.test(source)) return basename(resolve(source)) || source;
  const { pathname, host } = new URL(source);
  return lastPart(pathname) ?? host;
}

/** `my%20data` of `/data/my%20data/` as `my data`; undefined where there is no folder. */
function lastPart(pathname: string): string | undefined {
  const part = pathname.match(/([^/]+)\/*$/)?.[1];
  try {
    return part && decodeURIComponent(part);
  } catch {
    return part; // a percent sign that stands for itself
  }
}

/**
 * What the labels of a data set of the same form stand for: the names of Fashion-MNIST's classes, and
 * numbers for any other, such as MNIST, whatever it is called.
 *
 * @param checksum As in {@linkcode FashionMnist}.
 */
export function classNamesOf(checksum: string | undefined): readonly string[] {
  return checksum === FASHION_MNIST ? CLASS_NAMES : CLASS_NAMES.map((_, label) => `class ${label}`);
}

const EMBEDDED = new URL("./fashion-mnist/", import.meta.url);
const SUMS = "SHA256SUMS";
const TRAIN_IMAGES = "train-images-idx3-ubyte";
const TRAIN_LABELS = "train-labels-idx1-ubyte";
const TEST_IMAGES = "t10k-images-idx3-ubyte";
const TEST_LABELS = "t10k-labels-idx1-ubyte";
const FILES = [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS];

/** What a file is called: as it was published, unpacked, or with a dot, as on Kaggle. */
function namesOf(file: string): string[] {
  const dotted = file.replace("-idx", ".idx");
  return [`${file}.gz`, file, `${dotted}.gz`, dotted];
}

/** One part in this many of the training file is set aside for validation: 5,000 of 60,000. */
const VALIDATION_PART = 12;

/**
 * Loads Fashion-MNIST, or another data set in the same four files, and splits it.
 *
 * **Split.** The last twelfth of the training file, rounded down, is the validation split; the
 * images before it are the training split. Nothing is shuffled, so everyone who follows this rule
 * gets the same splits: 55,000 + 5,000 + 10,000 images. The order of the file is already mixed:
 * each class has between 450 and 527 of the 5,000 validation images.
 *
 * **Files.** Each may be packed by gzip or not, in one member or several, and be called
 * `train-images-idx3-ubyte` or, as on Kaggle, `train-images.idx3-ubyte`, with `.gz` behind it or
 * not. Where there are several, the first of `….gz`, `…`, with a hyphen before those with a dot, is
 * read. What is in a file says whether it is packed: a server may have unpacked it on the way.
 *
 * **Verification.** Where the folder has a file `SHA256SUMS` (in the format of `sha256sum`), each
 * of the four files must have its line there, under the name by which it is read, and its sum. The
 * embedded files are never read without it.
 *
 * Needs `--allow-read` for files and `--allow-net` for `http:` and `https:`.
 *
 * @returns The splits. `train` and `validation` are views on one buffer.
 * @throws {DataError} If a file is missing, unreadable, damaged, or not of this shape.
 *
 * @example
 * ```ts
 * import { CLASS_NAMES, loadFashionMnist } from "@batchnorm/from-scratch";
 * import { assertEquals } from "@std/assert";
 *
 * const { train, validation, test } = await loadFashionMnist();
 *
 * assertEquals([train.count, validation.count, test.count], [55_000, 5_000, 10_000]);
 * assertEquals(CLASS_NAMES[train.labels[0]], "Ankle boot");
 * ```
 */
export async function loadFashionMnist(options: LoadOptions = {}): Promise<FashionMnist> {
  assertOptionNames("load a data set", options, ["source"]);
  const folder = resolveFolder(options.source ?? EMBEDDED);
  const sums = await readSums(folder);
  if (sums === undefined && options.source === undefined) {
    throw new DataError(
      `Cannot find ${fileIn(folder, SUMS)}, without which the embedded data set is not read. ` +
        RESTORE,
    );
  }
  const files = await allOrFirstError(FILES.map((file) => loadFile(folder, file, sums)));
  const [trainImages, trainLabels, testImages, testLabels] = files;
  const training = labeledImages(trainImages, trainLabels);
  if (training.count < VALIDATION_PART) {
    throw new DataError(
      `${trainImages.location} holds ${training.count} images, but the split needs at least ` +
        `${VALIDATION_PART}: the last twelfth is for validation. Use a larger data set.`,
    );
  }
  const trainCount = training.count - Math.floor(training.count / VALIDATION_PART);
  return {
    train: slice(training, 0, trainCount),
    validation: slice(training, trainCount, training.count),
    test: labeledImages(testImages, testLabels),
    sha256: Object.fromEntries(files.map(({ name, sha256 }) => [name, sha256])),
    checksum: await checksumOf(files),
    source: String(folder),
  };
}

/**
 * The first `count` images of a split, in their order, for a quick run.
 *
 * @param split Any split.
 * @param count How many: a whole number from 1 to `split.count`.
 * @returns A view on `split`, not a copy.
 * @throws {RangeError} If `count` is not such a number.
 *
 * @example
 * ```ts
 * import { takeFirst } from "@batchnorm/from-scratch";
 * import { assertEquals } from "@std/assert";
 *
 * const split = { images: new Uint8Array(3 * 28 * 28), labels: Uint8Array.of(9, 0, 3), count: 3 };
 *
 * assertEquals([...takeFirst(split, 2).labels], [9, 0]);
 * ```
 */
export function takeFirst(split: LabeledImages, count: number): LabeledImages {
  if (!Number.isInteger(count) || count < 1 || count > split.count) {
    throw new RangeError(
      `Cannot take the first ${count} of ${split.count} images: count must be a whole number ` +
        `from 1 to ${split.count}.`,
    );
  }
  return slice(split, 0, count);
}

function slice({ images, labels }: LabeledImages, start: number, end: number): LabeledImages {
  const pixels = IMAGE_SIZE * IMAGE_SIZE;
  return {
    images: images.subarray(start * pixels, end * pixels),
    labels: labels.subarray(start, end),
    count: end - start,
  };
}

// ---- One file: read, verify, decompress, parse --------------------------------------------------

interface LoadedFile extends IdxArray {
  /** Its name as it was published, unpacked. */
  readonly file: string;
  /** The name by which it was found. */
  readonly name: string;
  readonly location: string;
  readonly sha256: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

async function loadFile(
  folder: string | URL,
  file: string,
  sums: Map<string, string> | undefined,
): Promise<LoadedFile> {
  // Where there are sums, a file without one is not read.
  const names = namesOf(file).filter((name) => sums?.has(name) ?? true);
  const { name, url, bytes } = await readFirst(folder, names);
  const location = String(url);
  const sha256 = await sha256Of(bytes);
  const expected = sums?.get(name) ?? sha256;
  // A server may pack on the way what the sum is of.
  if (sha256 !== expected && !await unpacksTo(expected, bytes)) {
    throw new DataError(
      `${location} has the SHA-256 ${sha256}, but ${SUMS} says ${expected}. ` +
        `The file is damaged or another one. ${wayOut(url, "Fetch it again.")}`,
    );
  }
  const content = layersOf(bytes, location).at(-1)!;
  return { file, name, location, sha256, content, ...parseIdx(content, location) };
}

async function unpacksTo(sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    return (await Promise.all(layersOf(bytes, "").map(sha256Of))).includes(sha256);
  } catch {
    return false;
  }
}

/** The first of these files that is there. */
async function readFirst(folder: string | URL, names: readonly string[]) {
  const missing: MissingFileError[] = [];
  for (const name of names) {
    const url = fileIn(folder, name);
    try {
      return { name, url, bytes: await read(url) };
    } catch (error) {
      if (!(error instanceof MissingFileError)) throw error;
      missing.push(error);
    }
  }
  const [{ message, cause }] = missing;
  throw new DataError(`${message} Looked for ${names.join(", ")}.`, { cause });
}

/** A server may pack once more what is packed; more layers are nobody's. */
const MOST_LAYERS = 3;

/** A file as it was read, what that unpacks to, …, and last its content. */
function layersOf(bytes: Uint8Array<ArrayBuffer>, location: string): Uint8Array<ArrayBuffer>[] {
  const layers = [bytes];
  while (layers.length < MOST_LAYERS && isGzip(layers.at(-1)!)) {
    layers.push(gunzip(layers.at(-1)!, location));
  }
  return layers;
}

function isGzip([first, second]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b;
}

/** All members of the file, each checked against its CRC; the browsers' own reads only the first. */
function gunzip(bytes: Uint8Array<ArrayBuffer>, location: string): Uint8Array<ArrayBuffer> {
  try {
    return ungzip(bytes);
  } catch (cause) {
    throw new DataError(
      `Cannot decompress ${location}: ${
        messageOf(cause)
      }. It is cut off or damaged: fetch it again.`,
      { cause },
    );
  }
}

/** Waits for all, so that nothing goes on behind an error, and so that the same error comes first. */
async function allOrFirstError<T>(promises: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

/** The lines of SHA256SUMS as file name → sum; undefined where the folder has no such file. */
async function readSums(folder: string | URL): Promise<Map<string, string> | undefined> {
  const location = fileIn(folder, SUMS);
  let text: string;
  try {
    const layers = layersOf(await read(location), String(location));
    text = new TextDecoder().decode(layers.at(-1));
  } catch (error) {
    if (error instanceof MissingFileError) return undefined;
    throw error;
  }
  const lines = text.matchAll(/^([0-9a-f]{64}) [ *](?:\.\/)?(.+?)\r?$/gim);
  const sums = new Map(Array.from(lines, ([, sum, file]) => [file, sum.toLowerCase()]));
  const unlisted = FILES.find((file) => !namesOf(file).some((name) => sums.has(name)));
  if (unlisted !== undefined) {
    throw new DataError(
      `${location} has no line for ${namesOf(unlisted).join(", ")}. Once you trust the files, ` +
        `write it anew: sha256sum *ubyte* > ${SUMS}`,
    );
  }
  return sums;
}

async function checksumOf(files: readonly LoadedFile[]): Promise<string> {
  const asPublished = await sumOfSums(
    files.map(({ file, sha256 }) => ({ name: `${file}.gz`, sha256 })),
  );
  if (asPublished === FASHION_MNIST) return FASHION_MNIST;
  const checksum = await sumOfSums(
    await Promise.all(
      files.map(async ({ file, content }) => ({ name: file, sha256: await sha256Of(content) })),
    ),
  );
  return checksum === FASHION_MNIST_UNPACKED ? FASHION_MNIST : checksum;
}

/** As `sha256sum files | sha256sum` prints it. */
async function sumOfSums(files: readonly { name: string; sha256: string }[]): Promise<string> {
  const byName = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const text = byName.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
  return await sha256Of(new TextEncoder().encode(text));
}

// ---- Two files: images and their labels ---------------------------------------------------------

function labeledImages(images: LoadedFile, labels: LoadedFile): LabeledImages {
  const [count, ...size] = images.shape;
  if (size.length !== 2 || size[0] !== IMAGE_SIZE || size[1] !== IMAGE_SIZE) {
    throw new DataError(
      `${images.location} has the shape ${listed(images.shape)}, but images must be ` +
        `[count, ${IMAGE_SIZE}, ${IMAGE_SIZE}]. Use a data set of the MNIST family.`,
    );
  }
  if (labels.shape.length !== 1) {
    throw new DataError(
      `${labels.location} has the shape ${listed(labels.shape)}, but labels must be [count]. ` +
        "Use the labels file that belongs to the images.",
    );
  }
  if (labels.shape[0] !== count) {
    throw new DataError(
      `${labels.location} holds ${labels.shape[0]} labels, but ${images.location} holds ${count} ` +
        "images. Use two files that belong together.",
    );
  }
  if (count === 0) {
    throw new DataError(`${images.location} holds 0 images. Use a data set that has some.`);
  }
  const outlier = labels.data.findIndex((label) => label >= NUM_CLASSES);
  if (outlier !== -1) {
    throw new DataError(
      `${labels.location} gives image ${outlier} the label ${labels.data[outlier]}, but labels ` +
        `must be 0…${NUM_CLASSES - 1}. Use a data set of ${NUM_CLASSES} classes.`,
    );
  }
  return { images: images.data, labels: labels.data, count };
}

function listed(shape: number[]): string {
  return `[${shape.join(", ")}]`;
}

// ---- Folders and files, local and remote --------------------------------------------------------

/** A file that is not there: the one fault that {@linkcode readSums} forgives. */
class MissingFileError extends DataError {
  constructor(location: string | URL, { cause }: { cause: Error }) {
    super(
      `Cannot find ${location} (${cause.message}). ` +
        wayOut(
          location,
          `The data source must be a folder with the files ${
            FILES.join(", ")
          }, packed by gzip or ` +
            "not; where none is named, the embedded Fashion-MNIST is loaded.",
        ),
      { cause },
    );
  }
}

const RESTORE = "Restore it: git checkout -- data/fashion-mnist";

/** What mends a file: a file of the embedded set is restored, any other is another's to mend. */
function wayOut(location: string | URL, otherwise: string): string {
  return String(location).startsWith(String(resolveFolder(EMBEDDED))) ? RESTORE : otherwise;
}

/** A local folder as its path, a remote one as its URL. */
function resolveFolder(source: string | URL): string | URL {
  const isPath = typeof source === "string" && !/^(file:|[a-z][a-z\d+.-]*:\/\/)/i.test(source);
  if (isPath) return source;
  try {
    const url = new URL(source);
    if (url.protocol === "file:") return fileURLToPath(url);
    if (url.protocol === "http:" || url.protocol === "https:") return url;
  } catch (cause) {
    throw new DataError(
      `Cannot understand the data source ${source}: ${messageOf(cause)}. Give a folder's path, ` +
        "or a file:, http: or https: URL.",
      { cause },
    );
  }
  throw new DataError(
    `Cannot read from the data source ${source}: only a folder's path and file:, http: and ` +
      "https: URLs are served.",
  );
}

function fileIn(folder: string | URL, file: string): string | URL {
  if (typeof folder === "string") return join(folder, file);
  const url = new URL(folder);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${file}`;
  return url;
}

async function read(location: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return typeof location === "string" ? await Deno.readFile(location) : await download(location);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    if (cause instanceof Deno.errors.NotCapable) {
      const flag = typeof location === "string"
        ? `--allow-read=${dirname(location)}`
        : `--allow-net=${location.host}`;
      throw new DataError(`Not allowed to read ${location}: run Deno with ${flag}`, { cause });
    }
    // A folder of the file's name is what some archives unpack to.
    const isNone = cause instanceof Deno.errors.NotFound ||
      cause instanceof Deno.errors.IsADirectory;
    if (isNone) throw new MissingFileError(location, { cause });
    throw new DataError(
      `Cannot read ${location}: ${messageOf(cause)}. Check that the data source is right and can ` +
        "be reached.",
      { cause },
    );
  }
}

async function download(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  // Not unpacked on the way, where that can be had: SHA256SUMS is of the files as they lie there.
  const response = await fetch(url, { headers: { "accept-encoding": "identity" } });
  if (response.ok) return await response.bytes();
  await response.body?.cancel();
  const cause = new Error(`the server answered with HTTP status ${response.status}`);
  // Amazon S3, which Fashion-MNIST is published on, may say 403 of what does not exist.
  if ([403, 404, 410].includes(response.status)) throw new MissingFileError(url, { cause });
  throw cause;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
