import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { DataError } from "../../data/data_error.ts";
import { parseIdx } from "../../data/idx.ts";

/** A 2×3 array, byte by byte as the format's description has it. */
// deno-fmt-ignore
const VALID = Uint8Array.of(
  0, 0,        // always
  8,           // unsigned byte
  2,           // two dimensions
  0, 0, 0, 2,  // two rows
  0, 0, 0, 3,  // three columns
  10, 11, 12,
  20, 21, 22,
);

/** VALID with one byte replaced. */
function withByte(offset: number, value: number): Uint8Array {
  return VALID.with(offset, value);
}

/** What parseIdx says about `bytes`; it must name the file. */
function fault(bytes: Uint8Array): string {
  const { message } = assertThrows(() => parseIdx(bytes, "a.idx"), DataError);
  assertStringIncludes(message, "a.idx");
  return message;
}

Deno.test("parseIdx reads the shape and the elements", () => {
  const { shape, data } = parseIdx(VALID, "a.idx");
  assertEquals(shape, [2, 3]);
  assertEquals([...data], [10, 11, 12, 20, 21, 22]);
});

Deno.test("parseIdx reads sizes as big-endian 32-bit numbers without sign", () => {
  const file = new Uint8Array(8 + 0x01_02_03);
  file.set([0, 0, 8, 1, 0, 1, 2, 3]);
  assertEquals(parseIdx(file, "a.idx").shape, [0x01_02_03]);
  assertStringIncludes(fault(withByte(4, 0xff)), `[${0xff000002}, 3]`);
});

Deno.test("parseIdx reads an array of 255 dimensions", () => {
  const file = new Uint8Array(4 + 4 * 255 + 1);
  file.set([0, 0, 8, 255]);
  for (let axis = 0; axis < 255; axis++) file[4 + 4 * axis + 3] = 1;
  assertEquals(parseIdx(file, "a.idx").shape, Array(255).fill(1));
});

Deno.test("parseIdx reads an array without elements", () => {
  const { shape, data } = parseIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 0), "a.idx");
  assertEquals(shape, [0]);
  assertEquals(data.length, 0);
});

Deno.test("parseIdx returns a view on the bytes, also where they begin inside a buffer", () => {
  const buffer = new Uint8Array(VALID.length + 7).fill(99);
  buffer.set(VALID, 5);
  const { shape, data } = parseIdx(buffer.subarray(5, 5 + VALID.length), "a.idx");
  assertEquals(shape, [2, 3]);
  assertEquals([...data], [10, 11, 12, 20, 21, 22]);
  buffer[5 + 12] = 77;
  assertEquals(data[0], 77);
});

Deno.test("parseIdx refuses a file shorter than the shortest header, and says how short", () => {
  for (let length = 0; length < 4; length++) {
    assertStringIncludes(fault(VALID.subarray(0, length)), `has ${length} bytes`);
  }
});

Deno.test("parseIdx refuses other first bytes, shows them, and recognizes gzip", () => {
  assertStringIncludes(fault(withByte(0, 0x50)), "0x50 0x00");
  assertStringIncludes(fault(withByte(1, 0x01)), "0x00 0x01");
  assertStringIncludes(fault(Uint8Array.of(0x1f, 0x8b, 8, 0)), "decompress it first");
});

Deno.test("parseIdx refuses every type of element but unsigned bytes, and shows it", () => {
  for (const type of [0x00, 0x09, 0x0b, 0x0c, 0x0d, 0x0e]) {
    const message = fault(withByte(2, type));
    assertStringIncludes(message, `0x${type.toString(16).padStart(2, "0")}`);
    assertStringIncludes(message, "0x08");
  }
});

Deno.test("parseIdx refuses an array without dimensions", () => {
  assertStringIncludes(fault(Uint8Array.of(0, 0, 8, 0, 1)), "0 dimensions");
});

Deno.test("parseIdx refuses a file that ends inside its header", () => {
  for (let length = 4; length < 12; length++) {
    assertStringIncludes(fault(VALID.subarray(0, length)), `ends after ${length} bytes`);
  }
});

Deno.test("parseIdx refuses one element too few and one too many", () => {
  assertStringIncludes(fault(VALID.subarray(0, VALID.length - 1)), "holds 5 elements");
  assertStringIncludes(fault(Uint8Array.of(...VALID, 0)), "holds 7 elements");
});
