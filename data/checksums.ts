/**
 * The sums that a data set's files must have, and the one that it is known by.
 *
 * @module
 */
import { DataError } from "./data_error.ts";
import { FASHION_MNIST } from "./dataset_name.ts";
import { layersOf } from "./gzip.ts";
import { sha256Of } from "./sha256.ts";
import { fileIn, FILES, MissingFileError, namesOf, read } from "./source.ts";

/** Name of the file that holds the sums, in the format of `sha256sum`. */
export const SUMS = "SHA256SUMS";

/** The checksum that the same images and labels have by the sums of the unpacked files. */
const FASHION_MNIST_UNPACKED = "d0a13531871adf77cb1d75902c9d2a2fdf613723748f5e8c24e0169faf064dc8";

/** The lines of SHA256SUMS as file name → sum; undefined where the folder has no such file. */
export async function readSums(folder: string | URL): Promise<Map<string, string> | undefined> {
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

/** A file of a data set. */
interface SummedFile {
  /** Its name as it was published, unpacked. */
  readonly file: string;
  /** Sum of the file as it was read. */
  readonly sha256: string;
  /** What it holds, unpacked. */
  readonly content: Uint8Array<ArrayBuffer>;
}

/** One sum for a whole data set, as `FashionMnist.checksum` describes it. */
export async function checksumOf(files: readonly SummedFile[]): Promise<string> {
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
