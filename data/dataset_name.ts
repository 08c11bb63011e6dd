/**
 * What a data set and its classes are called.
 *
 * @module
 */
import { paths } from "./builtins.ts";

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
  { checksum, source }: { checksum: string; source: string },
): string {
  const known = knownName(checksum);
  if (known) return known;
  if (paths && !/^https?:/i.test(source)) return paths.basename(paths.resolve(source)) || source;
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
