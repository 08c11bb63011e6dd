import UPNG from "upng-js";

/** Its last parameter keeps palettes out: what one makes smaller than a byte, resvg does not draw. */
const encode = UPNG.encode as (
  ...args: [...Required<Parameters<typeof UPNG.encode>>, withoutPalette: boolean]
) => ArrayBuffer;

/**
 * A picture as the address of a PNG, without loss.
 *
 * @param rgba Red, green, blue and opacity, 0 … 255, row by row: `[4 · width · height]`.
 * @returns A `data:` URL.
 */
export function pngOf(rgba: Uint8ClampedArray, width: number): string {
  const height = rgba.length / width / 4;
  const png = encode([rgba.slice().buffer], width, height, 0, [0], true);
  return `data:image/png;base64,${new Uint8Array(png).toBase64()}`;
}

/** A grey picture, 0 (black) … 255 (white), `[width · height]`, as the address of a PNG. */
export function greyPngOf(pixels: Uint8Array, width: number): string {
  const rgba = Uint8ClampedArray.from(
    { length: 4 * pixels.length },
    (_, i) => i % 4 < 3 ? pixels[i >> 2] : 255,
  );
  return pngOf(rgba, width);
}
