import { createRequire } from "node:module";
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import plotlySource from "plotly.js-cartesian-dist-min/plotly-cartesian.min.js" with {
  type: "text",
};
import type { Browser } from "playwright-core";
import UPNG from "upng-js";
import { type Figure, learningCurves, testAccuracy } from "../../figures/mod.ts";
import { staticPicture } from "../../figures/picture/static_picture.ts";
import { withChromium, withoutChromium } from "../chromium.ts";
import { granted } from "../permissions.ts";
import { syntheticResults } from "../synthetic_records.ts";

const FONT = { family: "Arial, Helvetica, sans-serif", size: 13 };
const CLASSES = ["T-shirt/top", "Trouser", "Pullover", "Dress"];

/** What Plotly measures and what takes pixels: turned labels, texts in cells, a scale of colours. */
const HEATMAP: Figure = {
  data: [{
    type: "heatmap",
    z: CLASSES.map((_, i) => CLASSES.map((_, j) => i === j ? 900 - i : 10 * i + j)),
    texttemplate: "%{z}",
    colorscale: "Viridis",
    colorbar: { title: { text: "images", side: "right" } },
  }],
  layout: {
    width: 480,
    height: 420,
    font: FONT,
    title: { text: "Confusion of <b>four classes</b>, σ² and γ<sub>i</sub>" },
    xaxis: { tickvals: [0, 1, 2, 3], ticktext: CLASSES, tickangle: -45, automargin: true },
    yaxis: {
      tickvals: [0, 1, 2, 3],
      ticktext: CLASSES,
      automargin: true,
      title: { text: "true class" },
    },
  },
  description: "a heatmap",
};

/** Distributions one above the other, and an arrow with a text of two lines. */
const RIDGES: Figure = {
  data: [0, 1, 2].map((epoch) => ({
    type: "violin" as const,
    x: Array.from({ length: 200 }, (_, i) => epoch + 3 * Math.sin(i * 12.9898) * Math.sin(i)),
    name: `epoch ${epoch}`,
    side: "positive" as const,
    orientation: "h" as const,
    width: 2,
    points: false as const,
  })),
  layout: {
    height: 360,
    font: FONT,
    annotations: [{ x: 2, y: 1, ax: 60, ay: -40, text: "an arrow<br>in two lines" }],
  },
  description: "ridges",
};

const FIGURES: Record<string, Figure> = {
  "learning curves": learningCurves(syntheticResults()),
  "test accuracy": testAccuracy(syntheticResults()),
  "a heatmap": HEATMAP,
  "ridges": RIDGES,
};

/** jsdom and the fonts are read from Deno's cache, and jsdom asks the environment. */
const ignore = !granted("read", "env");

interface Pixels {
  width: number;
  height: number;
  rgba: Uint8Array;
}

function decode(png: Uint8Array): Pixels {
  const image = UPNG.decode(png.slice().buffer);
  const [rgba] = UPNG.toRGBA8(image);
  return { width: image.width, height: image.height, rgba: new Uint8Array(rgba) };
}

for (const [name, figure] of Object.entries(FIGURES)) {
  Deno.test({
    name: `the static picture of ${name} has two pixels for each of CSS and less than 60 kB`,
    ignore,
    async fn() {
      const { png, width, height } = await staticPicture(figure);
      assertEquals([width, height], [figure.layout.width ?? 700, figure.layout.height]);
      const pixels = decode(png);
      assertEquals([pixels.width, pixels.height], [2 * width, 2 * height]);
      assertLess(png.length, 60_000);
      assertGreater(png.length, 5_000, "it is not empty");
    },
  });
}

Deno.test({
  name: "the same figure has the same static picture, whatever was drawn in between",
  ignore,
  async fn() {
    const { png } = await staticPicture(HEATMAP);
    await staticPicture(RIDGES);
    assertEquals((await staticPicture(HEATMAP)).png, png);
  },
});

Deno.test({
  name: "drawing a figure leaves it as it was",
  ignore,
  async fn() {
    const before = structuredClone(HEATMAP);
    await staticPicture(HEATMAP);
    assertEquals(HEATMAP, before);
  },
});

Deno.test({
  name: "the pixels of a heatmap keep sharp edges when they are enlarged",
  ignore,
  async fn() {
    const cells = Array.from(
      { length: 28 },
      (_, i) => Array.from({ length: 28 }, (_, j) => (i + j) % 2),
    );
    const { png } = await staticPicture({
      data: [{ type: "heatmap", z: cells, colorscale: "Greys", showscale: false }],
      layout: {
        width: 280,
        height: 280,
        margin: { l: 0, r: 0, t: 0, b: 0 },
        xaxis: { visible: false },
        yaxis: { visible: false },
      },
      description: "a chessboard",
    });
    const { rgba } = decode(png);
    const grey = rgba.filter((value, i) => i % 4 === 0 && value > 20 && value < 235);
    assertEquals(grey.length, 0);
  },
});

Deno.test({
  name: "static pictures are what Chromium draws",
  ignore: ignore || withoutChromium,
  // The browser's pipes and timers outlive close() by a moment.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    withChromium(async (browser) => {
      for (const [name, figure] of Object.entries(FIGURES)) {
        await t.step(name, async () => {
          const ours = decode((await staticPicture(figure)).png);
          const theirs = decode(await drawInBrowser(browser, figure));
          assertEquals([ours.width, ours.height], [theirs.width, theirs.height]);
          // Smoothed edges differ a little; a label in another place differs by more.
          assertLess(shareOfDifferentPixels(ours, theirs), 0.008);
        });
      }
    }),
});

async function drawInBrowser(browser: Browser, { data, layout }: Figure): Promise<Uint8Array> {
  const page = await browser.newPage({
    deviceScaleFactor: 2,
    viewport: { width: 700, height: 900 },
  });
  // The same font, whichever the machine has.
  const resolve = createRequire(import.meta.url).resolve;
  const font = async (name: string) =>
    (await Deno.readFile(resolve(`@expo-google-fonts/arimo/${name}.ttf`))).toBase64();
  const faces = { 400: "400Regular/Arimo_400Regular", 700: "700Bold/Arimo_700Bold" };
  const rules = await Promise.all(
    Object.entries(faces).map(async ([weight, name]) =>
      `@font-face { font-family: Arial; font-weight: ${weight}; ` +
      `src: url("data:font/ttf;base64,${await font(name)}") }`
    ),
  );
  await page.setContent(
    `<style>body { margin: 0 } ${rules.join("\n")}</style><div id="plot"></div>`,
  );
  await page.addScriptTag({ content: plotlySource });
  await page.evaluate(
    // In the page; a text, since there Plotly is known and here it is not.
    `Promise.all(["13px Arial", "bold 13px Arial"].map((font) => document.fonts.load(font)))
      .then(() => Plotly.newPlot("plot", ${JSON.stringify(data)},
        { width: 700, ...${JSON.stringify(layout)} }, { displayModeBar: false }))
      .then(() => 0)`,
  );
  const png = await page.locator("#plot .svg-container").screenshot();
  await page.close();
  return png;
}

function shareOfDifferentPixels(a: Pixels, b: Pixels): number {
  let different = 0;
  for (let i = 0; i < a.rgba.length; i += 4) {
    const difference = [0, 1, 2].reduce(
      (sum, channel) => sum + Math.abs(a.rgba[i + channel] - b.rgba[i + channel]),
      0,
    );
    if (difference > 3 * 60) different += 1;
  }
  return different / (a.rgba.length / 4);
}
