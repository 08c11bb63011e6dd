/**
 * What Plotly asks a browser about drawn elements, for a document that nobody draws: how wide a text
 * is, how large a group, how long a path. Measured with Arimo, whose widths are Arial's.
 *
 * @module
 */
// @ts-types="@types/opentype.js"
import { type Font, parse } from "opentype.js";
import { svgPathBbox } from "svg-path-bbox";
import { svgPathProperties } from "svg-path-properties";
import svgpath from "svgpath";

/** The faces that texts are measured and drawn with. */
export interface Faces {
  regular: Uint8Array;
  bold: Uint8Array;
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Gives the SVG elements of a jsdom window the methods of a browser's. */
// deno-lint-ignore no-explicit-any -- a window of another realm, whose prototypes are extended
export function addSvgMeasures(window: any, faces: Faces): void {
  const measure = new Measure(faces);
  const { prototype } = window.SVGElement;
  prototype.getBBox = function (this: SVGElement) {
    return measure.box(measure.outline(this, { transformed: false }));
  };
  prototype.getBoundingClientRect = function (this: SVGElement) {
    const { x, y, width, height } = measure.box(measure.outlineOnPage(this));
    return { x, y, width, height, left: x, top: y, right: x + width, bottom: y + height };
  };
  prototype.getComputedTextLength = function (this: SVGElement) {
    return measure.width(this);
  };
  prototype.getTotalLength = function (this: SVGElement) {
    return new svgPathProperties(this.getAttribute("d") ?? "").getTotalLength();
  };
  prototype.getPointAtLength = function (this: SVGElement, length: number) {
    return new svgPathProperties(this.getAttribute("d") ?? "").getPointAtLength(length);
  };
}

const PATH = {
  path: (element: Element) => element.getAttribute("d") ?? "",
  rect: (element: Element) =>
    rectangle(
      number(element, "x"),
      number(element, "y"),
      number(element, "width"),
      number(element, "height"),
    ),
  image: (element: Element) => PATH.rect(element),
  line: (element: Element) =>
    `M${number(element, "x1")},${number(element, "y1")}` +
    `L${number(element, "x2")},${number(element, "y2")}`,
  circle: (element: Element) => {
    const [x, y, r] = [number(element, "cx"), number(element, "cy"), number(element, "r")];
    return rectangle(x - r, y - r, 2 * r, 2 * r);
  },
};

class Measure {
  readonly #regular: Font;
  readonly #bold: Font;

  constructor({ regular, bold }: Faces) {
    this.#regular = parse(regular.slice().buffer);
    this.#bold = parse(bold.slice().buffer);
  }

  /** The outline of what is drawn by an element and its children, as path data. */
  outline(element: Element, { transformed = true } = {}): string {
    const transform = transformed ? element.getAttribute("transform") : null;
    const own = this.#shape(element);
    return transform && own ? svgpath(own).transform(transform).toString() : own;
  }

  outlineOnPage(element: Element): string {
    let outline = this.outline(element);
    for (let above = element.parentElement; above; above = above.parentElement) {
      const transform = above.getAttribute("transform");
      if (transform && outline) outline = svgpath(outline).transform(transform).toString();
    }
    return outline;
  }

  box(outline: string): Box {
    if (outline === "") return { x: 0, y: 0, width: 0, height: 0 };
    const [left, top, right, bottom] = svgPathBbox(outline);
    return { x: left, y: top, width: right - left, height: bottom - top };
  }

  /** The width of all text in an element that stands on one line. */
  width(element: Element): number {
    const { size, bold } = fontOf(element);
    let width = 0;
    for (const node of element.childNodes) {
      if (node.nodeType === node.TEXT_NODE) {
        const font = bold ? this.#bold : this.#regular;
        width += font.getAdvanceWidth(node.textContent ?? "", size);
      } else if (node.nodeType === node.ELEMENT_NODE) {
        width += this.width(node as Element);
      }
    }
    return width;
  }

  #shape(element: Element): string {
    const name = element.localName;
    if (name === "text") return this.#text(element);
    if (name in PATH) return PATH[name as keyof typeof PATH](element);
    // What stands there is drawn elsewhere, or not at all.
    if (name === "defs" || name === "clipPath") return "";
    return [...element.children].map((child) => this.outline(child)).join("");
  }

  /** A rectangle for each line; Plotly marks lines of one text with a class. */
  #text(element: Element): string {
    const lines = [...element.children].filter((child) => child.classList.contains("line"));
    return (lines.length > 0 ? lines : [element]).map((line) => {
      const width = this.width(line);
      if (width === 0) return "";
      const { size, anchor } = fontOf(line);
      // As Chromium does, ascent and descent in whole pixels.
      const ascent = Math.round(size * this.#regular.ascender / this.#regular.unitsPerEm);
      const descent = Math.round(-size * this.#regular.descender / this.#regular.unitsPerEm);
      const x = number(line, "x", number(element, "x")) - width * SHARE_LEFT[anchor];
      const y = number(line, "y", number(element, "y")) + shift(line, size);
      return rectangle(x, y - ascent, width, ascent + descent);
    }).join("");
  }
}

const SHARE_LEFT = { start: 0, middle: 0.5, end: 1 };

interface FontOfText {
  size: number;
  bold: boolean;
  anchor: keyof typeof SHARE_LEFT;
}

/** The font of an element, which its own style and those above it decide. */
function fontOf(element: Element): FontOfText {
  const own = property(element, "font-size");
  const above = element.parentElement;
  const inherited: FontOfText = above ? fontOf(above) : { size: 16, bold: false, anchor: "start" };
  const weight = property(element, "font-weight");
  const anchor = property(element, "text-anchor");
  const size = own.endsWith("%")
    ? inherited.size * parseFloat(own) / 100
    : parseFloat(own) || inherited.size;
  return {
    size,
    bold: weight ? weight === "bold" || Number(weight) >= 600 : inherited.bold,
    anchor: anchor in SHARE_LEFT ? anchor as FontOfText["anchor"] : inherited.anchor,
  };
}

function property(element: Element, name: string): string {
  return (element as SVGElement).style?.getPropertyValue(name) || element.getAttribute(name) || "";
}

/** `dy`, in pixels or in em. */
function shift(line: Element, size: number): number {
  const dy = line.getAttribute("dy") ?? "";
  return (parseFloat(dy) || 0) * (dy.endsWith("em") ? size : 1);
}

function number(element: Element, name: string, otherwise = 0): number {
  const value = parseFloat(element.getAttribute(name) ?? "");
  return Number.isFinite(value) ? value : otherwise;
}

function rectangle(x: number, y: number, width: number, height: number): string {
  return `M${x},${y}h${width}v${height}h${-width}z`;
}
