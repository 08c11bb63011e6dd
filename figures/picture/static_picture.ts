/**
 * Draws a figure as an SVG or a PNG file, in Deno and without a browser: Plotly in a jsdom window
 * makes SVG of it, resvg makes pixels of that.
 *
 * Everything heavy is loaded with the first picture, since jsdom asks for permissions as it is loaded.
 *
 * @module
 */
import fontPackage from "@expo-google-fonts/arimo/package.json" with { type: "json" };
import plotlySource from "plotly.js-cartesian-dist-min/plotly-cartesian.min.js" with {
  type: "text",
};
import UPNG from "upng-js";
import type { Figure } from "../mod.ts";
import { addPixelCanvas } from "./pixel_canvas.ts";
import { addSvgMeasures, type Faces } from "./svg_measures.ts";

/** Options of {@linkcode staticPicture}. */
export interface PictureOptions {
  /**
   * Width in CSS pixels, unless the figure's layout has one.
   * @default 700
   */
  width?: number;
  /**
   * Pixels of the file for each CSS pixel.
   * @default 2
   */
  scale?: number;
}

/** A picture and its size in CSS pixels. */
export interface StaticPicture {
  png: Uint8Array;
  width: number;
  height: number;
}

/** Plotly's own height for figures that state none. */
const DEFAULT_HEIGHT = 450;

/** A palette makes the files several times smaller; 256 are enough for all but photographs. */
const COLORS = 256;

/** Draws a figure; the same figure gives the same bytes. */
export async function staticPicture(
  figure: Figure,
  { width = 700, scale = 2 }: PictureOptions = {},
): Promise<StaticPicture> {
  const { drawSvg, rasterize } = await (tools ??= loadTools());
  const size = sizeOf(figure, width);
  const { pixels, width: columns, height: rows } = rasterize(await drawSvg(figure, size), scale);
  const png = UPNG.encode([pixels.slice().buffer], columns, rows, COLORS);
  return { png: new Uint8Array(png), ...size };
}

/**
 * Draws a figure as SVG; the same figure gives the same text.
 *
 * @param width In CSS pixels, unless the figure's layout has one.
 */
export async function staticSvg(figure: Figure, width: number): Promise<string> {
  const { drawSvg } = await (tools ??= loadTools());
  return await drawSvg(figure, sizeOf(figure, width));
}

function sizeOf({ layout }: Figure, width: number): Size {
  return { width: layout.width ?? width, height: layout.height ?? DEFAULT_HEIGHT };
}

interface Size {
  width: number;
  height: number;
}

interface Tools {
  drawSvg(figure: Figure, size: Size): Promise<string>;
  rasterize(svg: string, scale: number): Size & { pixels: Uint8Array };
}

let tools: Promise<Tools> | undefined;

async function loadTools(): Promise<Tools> {
  const [{ JSDOM, VirtualConsole }, { initWasm, Resvg }] = await Promise.all([
    import("jsdom"),
    import("@resvg/resvg-wasm"),
  ]);
  const faces: Faces = {
    regular: await readPackageFile(`${fontPackage.name}/400Regular/Arimo_400Regular.ttf`),
    bold: await readPackageFile(`${fontPackage.name}/700Bold/Arimo_700Bold.ttf`),
  };
  await initWasm(await readPackageFile("@resvg/resvg-wasm/index_bg.wasm"));

  const { window } = new JSDOM("", {
    runScripts: "outside-only",
    pretendToBeVisual: true,
    virtualConsole: new VirtualConsole(), // says nothing of what jsdom lacks
  });
  addSvgMeasures(window, faces);
  addPixelCanvas(window);
  window.URL.createObjectURL ??= () => "";
  window.eval(plotlySource);

  const draw = ({ data, layout }: Figure, size: Size): Promise<string> => {
    // Plotly picks random identifiers inside a picture.
    window.eval(
      "{ let state = 1; Math.random = () => (state = state * 16807 % 2147483647) / 2147483647; }",
    );
    // Plotly tells plain objects by their realm's prototypes, and writes into what it is given.
    const figure = window.JSON.parse(JSON.stringify({ data, layout }));
    return window.Plotly.toImage(figure, { format: "svg", ...size, imageDataOnly: true });
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    drawSvg(figure, size) {
      // One after the other, or each would get other identifiers.
      const next = last.then(() => draw(figure, size));
      last = next.catch(() => {});
      return next;
    },
    rasterize(svg, scale) {
      const image = new Resvg(inSvg11(svg), {
        fitTo: { mode: "zoom", value: scale },
        font: {
          fontBuffers: [faces.regular, faces.bold],
          defaultFontFamily: "Arimo",
          sansSerifFamily: "Arimo",
        },
      });
      const rendered = image.render();
      const { width, height, pixels } = rendered;
      rendered.free();
      image.free();
      return { width, height, pixels };
    },
  };
}

/** In the words that resvg knows: no quotation marks around addresses, and SVG 1.1's for pixels. */
function inSvg11(svg: string): string {
  return svg.replaceAll(/url\('([^']+)'\)/g, "url($1)")
    .replaceAll("image-rendering: pixelated", "image-rendering: optimizeSpeed");
}

/** A file of an npm package that this module imports. */
async function readPackageFile(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return await Deno.readFile(new URL(import.meta.resolve(name)));
}
