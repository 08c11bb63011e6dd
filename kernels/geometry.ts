/**
 * How the windows of convolutions and pooling lie on images, and which are refused: TensorFlow.js
 * answers a window that fits nowhere with an empty tensor, on which a model then trains.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** Lengths of the axes of images, [N, H, W, C]. */
export type Shape4D = [number, number, number, number];
/** Lengths of the axes of volumes, [N, D, H, W, C]. */
export type Shape5D = [number, number, number, number, number];
/** A number for each axis of a volume. */
export type Triple = [number, number, number];

/** What convolutions and pooling share of their attributes. */
export interface WindowAttributes {
  strides: number | [number, number];
  pad: "valid" | "same" | number | tf.backend_util.ExplicitPadding;
  /** null from tf.layers.depthwiseConv2d(). */
  dilations?: number | [number, number] | null;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** What pooling has beside. */
export interface PoolAttributes extends WindowAttributes {
  filterSize: number | [number, number];
}

/** The window of pooling in the form of a filter of one channel. */
export function poolShape({ filterSize }: PoolAttributes): number[] {
  return [filterSize, filterSize].flat().slice(0, 2).concat(1, 1);
}

/**
 * The windows of a filter on channels-last images.
 *
 * @param filterShape Height, width, input and output channels.
 * @throws {RangeError} If the filter fits nowhere.
 */
export function geometryOf(
  imageShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations, dimRoundingMode }: WindowAttributes,
): tf.backend_util.Conv2DInfo {
  const info = tf.backend_util.computeConv2DInfo(
    imageShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
  );
  assertFits(
    [info.inHeight, info.inWidth],
    [info.filterHeight, info.filterWidth],
    [info.dilationHeight, info.dilationWidth],
    [info.outHeight, info.outWidth],
  );
  return info;
}

/**
 * The same on the way back, where TensorFlow.js has forgotten the rounding mode: dy's shape tells it.
 *
 * @param dy The output's gradient, [N, P, Q, C].
 * @throws {RangeError} If no rounding mode gives as many windows.
 */
export function geometryOfGradient(
  dy: tf.TensorInfo,
  imageShape: readonly number[],
  filterShape: readonly number[],
  attrs: WindowAttributes,
): tf.backend_util.Conv2DInfo {
  const [, P, Q] = dy.shape;
  const { dimRoundingMode } = attrs;
  const modes = dimRoundingMode ? [dimRoundingMode] : ["floor", "ceil", "round"] as const;
  const geometry = (mode: typeof modes[number]) =>
    geometryOf(imageShape, filterShape, { ...attrs, dimRoundingMode: mode });
  for (const mode of modes) { // rounding down, as nearly all do, is looked at first and alone
    const info = geometry(mode);
    if (info.outHeight === P && info.outWidth === Q) return info;
  }
  const { inHeight, inWidth, filterHeight, filterWidth, outHeight, outWidth } = geometry(modes[0]);
  throw new RangeError(
    `Cannot take the gradient of a ${filterHeight}×${filterWidth} window on images of ` +
      `${inHeight}×${inWidth} from a dy of ${P}×${Q}: there are ${outHeight}×${outWidth} windows. ` +
      `Give it their shape; and pad the images, where dimRoundingMode is to round up.`,
  );
}

/** @throws {RangeError} If there is no window, since it is larger than the padded image. */
export function assertFits(
  image: readonly number[],
  window: readonly number[],
  dilation: readonly number[],
  windows: readonly number[],
): void {
  if (windows.every((count) => count > 0)) return;
  const sizes = (lengths: readonly number[]) => lengths.join("×");
  const dilated = dilation.some((step) => step > 1) ? ` at dilation ${sizes(dilation)}` : "";
  throw new RangeError(
    `Cannot lay a window of ${sizes(window)}${dilated} on images of ${sizes(image)}: it fits ` +
      `nowhere. Pad the images, or make the window${dilated && " or its dilation"} smaller.`,
  );
}
