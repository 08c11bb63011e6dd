import { CLASS_NAMES } from "../data/dataset_name.ts";
import { IMAGE_SIZE, type LabeledImages } from "../data/labeled_images.ts";
import { imageGrid } from "./image_grid.ts";
import type { Figure } from "./theme.ts";

/** Options of {@linkcode sampleImages}. */
export interface SampleImagesOptions {
  /**
   * Images of each class.
   * @default 5
   */
  perClass?: number;
}

/** The first images of each class of a split: one column for each class. */
export function sampleImages(
  split: LabeledImages,
  { perClass = 5 }: SampleImagesOptions = {},
): Figure {
  const byClass = CLASS_NAMES.map((_, label) => firstOf(split, label, perClass));
  const present = byClass.map((_, label) => label).filter((label) => byClass[label].length > 0);
  const names = present.map((label) => CLASS_NAMES[label]);
  const blank = new Uint8Array(IMAGE_SIZE * IMAGE_SIZE);
  const images = Array.from(
    { length: perClass },
    (_, row) => present.map((label) => ({ pixels: byClass[label][row] ?? blank })),
  ).flat();
  return imageGrid(images, {
    columns: present.length,
    titles: names,
    description: `The first ${perClass} images of each class: ${names.join(", ")}.`,
  });
}

function firstOf(split: LabeledImages, label: number, most: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let i = 0; i < split.count && found.length < most; i++) {
    if (split.labels[i] === label) found.push(pixelsOf(split, i));
  }
  return found;
}

/** The grey levels of the i-th image of a split: `[28 · 28]`, a view. */
export function pixelsOf({ images }: LabeledImages, i: number): Uint8Array {
  const size = IMAGE_SIZE * IMAGE_SIZE;
  return images.subarray(i * size, (i + 1) * size);
}
