/**
 * The feature maps of one image as pictures, stage by stage.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { IMAGE_SIZE } from "../../data/labeled_images.ts";
import type { Figure } from "../../figures/mod.ts";
import { type CaptionedImage, imageGrid } from "../../figures/image_grid.ts";
import { outputOf, type ShortModel } from "./short_model.ts";

/** Channels that are shown, from the first. */
const CHANNELS = 8;

/**
 * The maps of the first of some images: one row for each layer, one column for each channel. In each
 * row white is its lowest and black its highest value; smaller maps are shown enlarged.
 *
 * @param layers Layers whose outputs are maps.
 */
export function featureMaps(
  short: Pick<ShortModel, "model">,
  images: tf.Tensor4D,
  { layers }: { layers: readonly string[] },
): Figure {
  const first = images.slice(0, 1);
  const ranges: string[] = [];
  const maps = layers.flatMap((layer): CaptionedImage[] => {
    const output = outputOf(short, layer, first);
    const [, height, width, depth] = output.shape;
    const values = output.dataSync();
    output.dispose();
    const shown = Math.min(CHANNELS, depth);
    const [low, high] = extent(values, depth, shown);
    ranges.push(`${layer} from ${low.toFixed(2)} to ${high.toFixed(2)}`.replaceAll("-", "−"));
    return Array.from({ length: shown }, (_, channel) => {
      const pixels = new Uint8Array(IMAGE_SIZE * IMAGE_SIZE).map((_, i) => {
        const row = Math.floor(Math.floor(i / IMAGE_SIZE) * height / IMAGE_SIZE);
        const column = Math.floor((i % IMAGE_SIZE) * width / IMAGE_SIZE);
        const value = values[(row * width + column) * depth + channel];
        return high > low ? Math.round(255 * (value - low) / (high - low)) : 0;
      });
      return { pixels };
    });
  });
  first.dispose();
  const columns = maps.length / layers.length;
  return imageGrid(maps, {
    columns,
    titles: Array.from({ length: columns }, (_, i) => String(i + 1)),
    rowTitles: layers,
    description: `Feature maps of one image, ${columns} channels, white the lowest and black the ` +
      `highest value of a row: ${ranges.join("; ")}.`,
  });
}

/** The lowest and the highest value of the first channels. */
function extent(values: ArrayLike<number>, depth: number, channels: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (i % depth >= channels) continue;
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return [low, high];
}
