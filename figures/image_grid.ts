import { IMAGE_SIZE } from "../data/labeled_images.ts";
import { escapeHtml } from "../experiments/escape.ts";
import { BARE_AXIS } from "./axes.ts";
import { nothing } from "./panels.ts";
import { greyPngOf } from "./png.ts";
import { baseLayout, type Figure, INK, round } from "./theme.ts";

/** One image of a grid. */
export interface CaptionedImage {
  /** Grey levels 0 (background) … 255: `[28 · 28]`. */
  pixels: Uint8Array;
  /**
   * What stands below it, in lines.
   * @default {nothing}
   */
  caption?: readonly string[];
}

/** Options of {@linkcode imageGrid}. */
export interface ImageGridOptions {
  /**
   * Images side by side.
   * @default 8
   */
  columns?: number;
  /**
   * What stands above each column.
   * @default {nothing}
   */
  titles?: readonly string[];
  /**
   * What stands before each row.
   * @default {nothing}
   */
  rowTitles?: readonly string[];
  /** Text alternative. */
  description?: string;
}

/** Width that heights are chosen for, in pixels; in others the grid keeps its shape. */
const WIDTH = 700;
/** Width of a row's title, in images. */
const ROW_TITLE = 0.9;
/** Height of a line of text, in pixels at that width. */
const LINE = 15;

/** Images in rows, dark on white as in print, each with its caption below it. */
export function imageGrid(
  images: readonly CaptionedImage[],
  { columns = 8, titles = [], rowTitles = [], description }: ImageGridOptions = {},
): Figure {
  if (images.length === 0) return nothing();
  const lines = Math.max(0, ...images.map(({ caption = [] }) => caption.length));
  const rows = Math.ceil(images.length / columns);
  // One unit is an image's width.
  const before = rowTitles.length > 0 ? ROW_TITLE : 0;
  const unit = (WIDTH - 16) / (columns + before);
  const rowHeight = 1 + (lines > 0 ? (LINE * lines + 8) / unit : 0.04);
  const titleHeight = titles.length > 0 ? (LINE * linesOf(titles) + 4) / unit : 0;
  const height = titleHeight + rows * rowHeight;
  const place = (i: number) => ({
    x: i % columns,
    y: titleHeight + Math.floor(i / columns) * rowHeight,
  });
  const texts = [
    ...titles.map((text, i) => ({ text: `<b>${withBreaks(text)}</b>`, x: i, y: titleHeight })),
    ...images.flatMap(({ caption = [] }, i) =>
      caption.length === 0
        ? []
        : [{ text: caption.map(escapeHtml).join("<br>"), x: place(i).x, y: place(i).y + 1 }]
    ),
  ];
  return {
    // An axis is drawn where it has data; this is where images are named to the mouse, too.
    data: [{
      type: "scatter",
      mode: "markers",
      x: images.map((_, i) => place(i).x + 0.5),
      y: images.map((_, i) => round(place(i).y + 0.5)),
      text: images.map(({ caption = [] }) => caption.map(escapeHtml).join(", ")),
      marker: { size: 20, opacity: 0 },
      showlegend: false,
      hovertemplate: "%{text}<extra></extra>",
      ...(lines === 0 ? { hoverinfo: "skip", hovertemplate: undefined } : {}),
    }],
    layout: {
      ...baseLayout(Math.ceil(height * unit) + 16),
      margin: { l: 8, r: 8, t: 8, b: 8 },
      xaxis: { ...BARE_AXIS, visible: false, range: [-before, columns], constrain: "domain" },
      yaxis: {
        ...BARE_AXIS,
        visible: false,
        range: [round(height), 0],
        scaleanchor: "x",
        constrain: "domain",
      },
      images: images.map(({ pixels }, i) => ({
        // Dark on white, as ink on paper.
        source: greyPngOf(pixels.map((grey) => 255 - grey), IMAGE_SIZE),
        xref: "x",
        yref: "y",
        x: place(i).x + 0.03,
        y: round(place(i).y + 0.03),
        sizex: 0.94,
        sizey: 0.94,
        layer: "above",
      })),
      annotations: [
        ...texts.map(({ text, x, y }, i) => ({
          text,
          x: x + 0.5,
          y: round(y),
          showarrow: false,
          yanchor: i < titles.length ? "bottom" as const : "top" as const,
          font: { size: 12, color: INK },
        })),
        ...rowTitles.map((title, row) => ({
          text: escapeHtml(title),
          x: -0.06,
          xanchor: "right" as const,
          y: round(titleHeight + (row + 0.5) * rowHeight),
          showarrow: false,
          font: { size: 12, color: INK },
        })),
      ],
    },
    description: description ?? `${images.length} images` +
        (lines > 0
          ? `: ${images.map(({ caption = [] }) => caption.join(" ") || "no caption").join("; ")}.`
          : "."),
  };
}

function linesOf(titles: readonly string[]): number {
  return Math.max(...titles.map((title) => withBreaks(title).split("<br>").length));
}

/** "Ankle boot" in two lines: columns are narrow. */
function withBreaks(title: string): string {
  return escapeHtml(title).replace(" ", "<br>").replace("/", "/<br>");
}
