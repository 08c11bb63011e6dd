/**
 * As much of a canvas as Plotly needs for heatmaps and images, where there is no browser: pixels that
 * are set, read and made into a PNG file.
 *
 * @module
 */
import { pngOf } from "../png.ts";

/** Gives the canvas elements of a jsdom window, which have no pixels, some. */
// deno-lint-ignore no-explicit-any -- a window of another realm, whose prototypes are extended
export function addPixelCanvas(window: any): void {
  const canvases = new WeakMap<HTMLCanvasElement, PixelCanvas>();
  const canvasOf = (element: HTMLCanvasElement) => {
    const { width, height } = element;
    let canvas = canvases.get(element);
    if (canvas?.width !== width || canvas.height !== height) {
      canvases.set(element, canvas = new PixelCanvas(width, height));
    }
    return canvas;
  };
  const { prototype } = window.HTMLCanvasElement;
  prototype.getContext = function (this: HTMLCanvasElement) {
    return canvasOf(this);
  };
  prototype.toDataURL = function (this: HTMLCanvasElement) {
    return canvasOf(this).toDataURL();
  };
}

interface Pixels {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

class PixelCanvas {
  /** `rgba(red, green, blue, alpha)`, the only form that Plotly uses here. */
  fillStyle = "rgba(0,0,0,1)";
  readonly width: number;
  readonly height: number;
  readonly #data: Uint8ClampedArray;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#data = new Uint8ClampedArray(4 * width * height);
  }

  createImageData(width: number, height: number): Pixels {
    return { width, height, data: new Uint8ClampedArray(4 * width * height) };
  }

  putImageData({ width, height, data }: Pixels, left: number, top: number): void {
    for (let y = 0; y < height; y++) {
      this.#data.set(
        data.subarray(4 * y * width, 4 * (y + 1) * width),
        4 * ((top + y) * this.width + left),
      );
    }
  }

  getImageData(left: number, top: number, width: number, height: number): Pixels {
    const pixels = this.createImageData(width, height);
    for (let y = 0; y < height; y++) {
      const start = 4 * ((top + y) * this.width + left);
      pixels.data.set(this.#data.subarray(start, start + 4 * width), 4 * y * width);
    }
    return pixels;
  }

  fillRect(left: number, top: number, width: number, height: number): void {
    const [red, green, blue, alpha = 1] = this.fillStyle.match(/[\d.]+/g)!.map(Number);
    const color = [red, green, blue, 255 * alpha];
    for (let y = Math.max(0, top); y < Math.min(this.height, top + height); y++) {
      for (let x = Math.max(0, left); x < Math.min(this.width, left + width); x++) {
        this.#data.set(color, 4 * (y * this.width + x));
      }
    }
  }

  toDataURL(): string {
    return pngOf(this.#data, this.width);
  }
}
