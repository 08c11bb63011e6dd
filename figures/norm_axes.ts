// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { axesOf, AXIS, axisTitle } from "./axes.ts";
import { panelLayout } from "./panels.ts";
import { PLACEMENT_STYLES } from "./styles.ts";
import type { Figure } from "./theme.ts";

const [IMAGES, CHANNELS, GROUP] = [4, 6, 3];
/** The value that is looked at. */
const [IMAGE, CHANNEL] = [1, 1];

/** Which values share the mean and variance of the one that is looked at. */
const NORMS: [name: string, shares: (image: number, channel: number) => boolean][] = [
  ["Batch Norm", (_, channel) => channel === CHANNEL],
  ["Layer Norm", (image) => image === IMAGE],
  ["Instance Norm", (image, channel) => image === IMAGE && channel === CHANNEL],
  [
    "Group Norm",
    (image, channel) =>
      image === IMAGE && Math.floor(channel / GROUP) === Math.floor(CHANNEL / GROUP),
  ],
];

/**
 * Which values are normalized together, by four methods: a row for each image of a batch, a column for
 * each channel, in each cell a whole map. After figure 2 of Wu & He, "Group Normalization", 2018,
 * arXiv:1803.08494.
 */
export function normAxes(): Figure {
  const count = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
  const data = NORMS.map(([name, shares], panel): Data => ({
    ...axesOf(panel),
    type: "heatmap",
    x: count(CHANNELS),
    y: count(IMAGES),
    z: count(IMAGES).map((image) =>
      count(CHANNELS).map((channel) => Number(shares(image - 1, channel - 1)))
    ),
    zmin: 0,
    zmax: 1,
    colorscale: [[0, "#eeeeee"], [1, PLACEMENT_STYLES.pre.color]],
    showscale: false,
    xgap: 2,
    ygap: 2,
    hovertemplate: `${name}, image %{y}, channel %{x}<extra></extra>`,
  } as Data));
  const axis = { ...AXIS, showgrid: false, tick0: 1, dtick: 1 };
  return {
    data,
    layout: panelLayout(
      NORMS.map(([title]) => ({
        title,
        x: { ...axis, title: axisTitle("channel") },
        y: { ...axis, title: axisTitle("image"), autorange: "reversed" as const },
      })),
      { columns: 4, rowHeight: 110 },
    ),
    description:
      "Which values share a mean and a variance. Batch Norm: one channel in all images. " +
      "Layer Norm: all channels of one image. Instance Norm: one channel of one image. Group Norm: a " +
      "group of channels of one image.",
  };
}
