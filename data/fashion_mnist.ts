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
import { checksumOf, readSums, SUMS } from "./checksums.ts";
import { DataError } from "./data_error.ts";
import { type LoadedFile, loadFile } from "./idx_file.ts";
import { IMAGE_SIZE, type LabeledImages, NUM_CLASSES, slice } from "./labeled_images.ts";
import { assertOptionNames } from "./options.ts";
import { EMBEDDED, fileIn, FILES, resolveFolder, RESTORE } from "./source.ts";

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

/** Waits for all, so that nothing goes on behind an error, and so that the same error comes first. */
async function allOrFirstError<T>(promises: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

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
