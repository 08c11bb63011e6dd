import { CLASS_NAMES } from "../data/dataset_name.ts";
import { imageGrid } from "./image_grid.ts";
import type { Figure } from "./theme.ts";

/** An image that was taken for another class. */
export interface Mistake {
  /** Grey levels 0 (background) … 255: `[28 · 28]`. */
  pixels: Uint8Array;
  /** Its class. */
  actual: number;
  /** The class that it was taken for. */
  predicted: number;
}

/** Images that a model got wrong: below each what it is, and what it was taken for. */
export function mistakes(images: readonly Mistake[]): Figure {
  const name = (label: number) => CLASS_NAMES[label] ?? String(label);
  return imageGrid(
    images.map(({ pixels, actual, predicted }) => ({
      pixels,
      caption: [name(actual), `→ ${name(predicted)}`],
    })),
    {
      columns: 8,
      description: images.length === 0
        ? undefined
        : `${images.length} images that were classified wrongly: ` +
          images.map(({ actual, predicted }) => `${name(actual)} as ${name(predicted)}`)
            .join(", ") +
          ".",
    },
  );
}
