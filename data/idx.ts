/**
 * The IDX format of the MNIST family: an array of numbers behind a header that says its shape.
 * Only unsigned bytes are served, since every data set of the family consists of those.
 *
 * ```text
 * offset   bytes   content
 * 0        2       0 0
 * 2        1       type of the elements: 0x08 = unsigned byte
 * 3        1       rank R, the number of dimensions
 * 4        4·R     the R sizes, each a big-endian uint32
 * 4 + 4·R  …       the elements, the last dimension varying fastest
 * ```
 *
 * @module
 */
import { DataError } from "./data_error.ts";

/** An array of unsigned bytes with its shape. */
export interface IdxArray {
  /** The size of each dimension, outermost first: `[60000, 28, 28]` for the training images. */
  readonly shape: number[];
  /** The elements, row-major: as many as the product of `shape`. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads an IDX file that is already in memory and decompressed.
 *
 * @param bytes The whole file.
 * @param name What to call the file in an error message.
 * @returns Its shape and its elements; `data` is a view on `bytes`, not a copy.
 * @throws {DataError} If `bytes` is not exactly one IDX array of unsigned bytes.
 *
 * @example A 2×3 array
 * ```ts
 * import { parseIdx } from "@batchnorm/from-scratch";
 * import { assertEquals } from "@std/assert";
 *
 * const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 11, 12, 20, 21, 22);
 * const { shape, data } = parseIdx(file, "tiny.idx");
 *
 * assertEquals(shape, [2, 3]);
 * assertEquals([...data], [10, 11, 12, 20, 21, 22]);
 * ```
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  if (bytes.length < 4) {
    throw new DataError(
      `${name} has ${bytes.length} bytes, but an IDX header alone has at least 4. ` +
        "The file is empty or cut off: fetch it again.",
    );
  }
  const [zero0, zero1, type, rank] = bytes;
  if (zero0 !== 0 || zero1 !== 0) {
    const wayOut = zero0 === 0x1f && zero1 === 0x8b
      ? "This is gzip: decompress it first."
      : "This is another format, or the file is damaged.";
    throw new DataError(
      `${name} begins with the bytes ${hex(zero0)} ${hex(zero1)}, but IDX begins with 0x00 0x00. ` +
        wayOut,
    );
  }
  if (type !== UNSIGNED_BYTE) {
    throw new DataError(
      `${name} has elements of IDX type ${hex(type)}, but only ${hex(UNSIGNED_BYTE)} ` +
        "(unsigned byte) is served. Convert it to bytes first.",
    );
  }
  if (rank === 0) {
    throw new DataError(
      `${name} has 0 dimensions, but an IDX array has at least 1. The file is damaged: ` +
        "fetch it again.",
    );
  }
  const headerLength = 4 + 4 * rank;
  if (bytes.length < headerLength) {
    throw new DataError(
      `${name} ends after ${bytes.length} bytes, inside the IDX header of ${headerLength} bytes ` +
        `that its ${rank} dimensions need. The file is cut off: fetch it again.`,
    );
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const shape = Array.from({ length: rank }, (_, axis) => header.getUint32(4 + 4 * axis));
  const expected = shape.reduce((product, size) => product * size, 1);
  const found = bytes.length - headerLength;
  if (found !== expected) {
    throw new DataError(
      `${name} holds ${found} elements, but the shape [${shape.join(", ")}] in its header needs ` +
        `${expected}. The file is cut off or damaged: fetch it again.`,
    );
  }
  return { shape, data: bytes.subarray(headerLength) };
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
