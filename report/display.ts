/**
 * Shows figures, tables and texts in a notebook; outside of one, as text on the terminal.
 *
 * Each output carries itself in several forms, so that it is seen in every front end: a figure is
 * interactive where scripts run and a picture where they do not (an untrusted notebook, a web page
 * that shows notebooks, paper).
 *
 * @module
 */
import plotlySource from "plotly.js-cartesian-dist-min/plotly-cartesian.min.js" with {
  type: "text",
};
import plotlyPackage from "plotly.js-cartesian-dist-min/package.json" with { type: "json" };
import { escapeHtml, escapeMarkdown } from "../experiments/escape.ts";
import type { Figure } from "./figures.ts";
import { markdownTable } from "../experiments/markdown.ts";
import { inKernel, type MimeBundle, sendToKernel } from "./kernel.ts";
import { symbolsAsMath } from "./markdown_math.ts";
import showInteractive from "./show_interactive.js" with { type: "text" };
import { type PictureOptions, type StaticPicture, staticPicture } from "./static_picture.ts";

/** Shows a figure; in text, its description. */
export async function showFigure(figure: Figure, options: PictureOptions = {}): Promise<void> {
  if (!inKernel()) return console.log(`[figure] ${figure.description}`);
  const picture = await staticPicture(figure, options);
  const { width, height } = picture;
  await sendToKernel(await figureBundle(figure, picture), {
    metadata: { "image/png": { width, height } },
  });
}

/** A table: texts and numbers in rows, below the names of the columns. */
export interface TableContent {
  caption?: string;
  /** Names of the columns. */
  columns: string[];
  /** Rows of cells. A number is shown as it is, so round it first: `points()` makes a text of one. */
  rows: (string | number)[][];
}

/** Shows a table. Columns in which all cells are numbers are aligned to the right. */
export async function showTable(table: TableContent): Promise<void> {
  const bundle = tableBundle(table);
  if (!inKernel()) return console.log(bundle["text/plain"]);
  await sendToKernel(bundle);
}

/** Shows a text in Markdown; equations stand between dollar signs. */
export async function showMarkdown(text: string): Promise<void> {
  if (!inKernel()) return console.log(text);
  await sendToKernel({ "text/markdown": symbolsAsMath(text), "text/plain": text });
}

/** A figure in the forms that front ends understand: interactive HTML, a picture, a text. */
export async function figureBundle(
  { data, layout, description }: Figure,
  { png, width, height }: StaticPicture,
): Promise<MimeBundle> {
  const image = png.toBase64();
  const source = await plotlyScript();
  const figure = JSON.stringify({ data, layout, height }).replaceAll("<", "\\u003c");
  // The same figure has the same name always, so that running a notebook again changes nothing.
  const name = `figure-${(await hash("SHA-256", figure)).toHex().slice(0, 16)}`;
  return {
    "text/html": `<div data-figure="${name}" style="max-width: ${width}px">` +
      `<img src="data:image/png;base64,${image}" alt="${escapeHtml(description)}" ` +
      // Where scripts are taken out, so are styles; the width stays.
      `width="${width}" style="max-width: 100%; height: auto"></div>\n` +
      `<script>(${SCRIPT})(${JSON.stringify({ name, ...source })}, ${figure});</script>`,
    "image/png": image,
    "text/plain": description,
  };
}

/** The function alone, without the words above it. */
const SCRIPT = showInteractive.slice(showInteractive.indexOf("function ")).trim();

/** Where a page may load Plotly from: the file of the npm package installed here, byte for byte. */
export interface PlotlyScript {
  url: string;
  /** Hash of the file, which the browser checks. */
  integrity: string;
  /** Its version; a page may have loaded another. */
  version: string;
}

/** The address and the hash of the Plotly that draws the pictures. */
export async function plotlyScript(): Promise<PlotlyScript> {
  const { name, version } = plotlyPackage;
  return {
    url: `https://cdn.jsdelivr.net/npm/${name}@${version}/plotly-cartesian.min.js`,
    integrity: `sha384-${(await (plotlyHash ??= hash("SHA-384", plotlySource))).toBase64()}`,
    version,
  };
}

let plotlyHash: Promise<Uint8Array> | undefined;

async function hash(algorithm: string, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, new TextEncoder().encode(text)));
}

/** A table in the forms that front ends understand: HTML, Markdown for paper, and a text. */
export function tableBundle(table: TableContent): MimeBundle {
  return {
    "text/html": tableAsHtml(table),
    "text/markdown": symbolsAsMath(tableAsMarkdown(table)),
    "text/plain": tableAsText(table),
  };
}

function tableAsHtml({ caption, columns, rows }: TableContent): string {
  const style = (column: number) =>
    `style="text-align: ${isNumeric(rows, column) ? "right" : "left"}"`;
  const row = (cells: (string | number)[], tag: "th" | "td") =>
    `<tr>${
      cells.map((cell, i) => `<${tag} ${style(i)}>${escapeHtml(String(cell))}</${tag}>`).join("")
    }</tr>`;
  return [
    // A caption element would be no wider than the table.
    ...(caption ? [`<p>${escapeHtml(caption)}</p>`] : []),
    "<table>",
    `<thead>${row(columns, "th")}</thead>`,
    "<tbody>",
    ...rows.map((cells) => row(cells, "td")),
    "</tbody>",
    "</table>",
  ].join("\n");
}

function tableAsMarkdown({ caption, columns, rows }: TableContent): string {
  const literal = (cell: string | number) => escapeMarkdown(String(cell));
  const table = markdownTable(
    columns.map((title, i) => ({ title: literal(title), numeric: isNumeric(rows, i) })),
    rows.map((cells) => cells.map(literal)),
  );
  return caption ? `${literal(caption)}\n\n${table}` : table;
}

function tableAsText({ caption, columns, rows }: TableContent): string {
  const lines = [columns, ...rows].map((cells) => cells.map(String));
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0)));
  const text = lines.map((cells) =>
    cells.map((cell, i) => isNumeric(rows, i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))
      .join("  ").trimEnd()
  );
  text.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  return [...(caption ? [caption] : []), ...text].join("\n");
}

function isNumeric(rows: TableContent["rows"], column: number): boolean {
  return rows.length > 0 && rows.every((cells) => NUMERIC.test(String(cells[column])));
}

/** A number, or several as in "0.1 to 0.3" and "[3, 4]"; a dash stands for none. */
const NUMERIC = /^(?:–|[−-]?\d(?:\bto\b|e[+−-]|[^\p{L}])*)$/u;
