import { crc32, deflateSync } from "node:zlib";

/**
 * A grey picture as the address of a PNG: what an `<image>` shows anywhere, without a canvas.
 *
 * @param pixels 0 (black) … 255 (white), row by row: `[width · height]`.
 * @returns A `data:` URL.
 */
export function pngOf(pixels: Uint8Array, width: number): string {
  const height = pixels.length / width;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 0, 0, 0, 0], 8); // 8 bits, grey, deflate, filters as usual, not interlaced

  const rows = new Uint8Array((width + 1) * height); // each begins with its filter: 0, none
  for (let row = 0; row < height; row++) {
    rows.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  const bytes = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ].flatMap((part) => [...part]);
  return `data:image/png;base64,${Uint8Array.from(bytes).toBase64()}`;
}

/** Length, type, data, and the checksum of the last two. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}
