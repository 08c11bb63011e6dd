// deno-lint-ignore-file jsx-key -- rendered once, to a string: no list is ever updated
/**
 * What the page is put together from: prose with equations, tables, figures.
 *
 * @module
 */
import { Marked, type Tokens } from "marked";
import markedKatex from "marked-katex-extension";
import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import { createContext } from "preact";
import { escapeHtml } from "../../experiments/escape.ts";
import type { Column } from "../../experiments/markdown.ts";
import type { Figure } from "../../figures/mod.ts";
import { staticSvg } from "../../figures/picture/static_picture.ts";

// Equations become MathML, which browsers draw without fonts or styles of ours. One that is none is
// shown as it was written: no text may keep the page from being made.
const marked = new Marked(
  markedKatex({ output: "mathml", throwOnError: false, nonStandard: true }),
);
// Whatever looks like HTML in a text is text; a link leads to a page or within this one.
marked.use({
  renderer: {
    html: ({ text }) => escapeHtml(text),
    image: ({ text }) => escapeHtml(text),
    link({ href, tokens }) {
      return /^(https:|#)/i.test(href) ? false : this.parser.parseInline(tokens);
    },
  },
});

/** A text in Markdown, with equations between dollar signs. */
export function Prose({ text }: { text: string }) {
  const html = marked.parse(unbroken(text), { async: false });
  return <div dangerouslySetInnerHTML={{ __html: html }} />;
}

/** No line ends between a number and its % sign. */
export function unbroken(text: string): string {
  return text.replace(/(\d) %/g, "$1\u00a0%");
}

/** Markdown within a line: no paragraph of its own. */
export function Inline({ text }: { text: string }) {
  const html = marked.parseInline(unbroken(text), { async: false });
  return <span dangerouslySetInnerHTML={{ __html: html }} />;
}

/** A column as in `experiments/markdown.ts`, or with a title that is more than text. */
type TableColumn = Column | { title: ComponentChildren; numeric?: boolean };

/** A table; a wide one scrolls in a box of its own, which the keyboard can reach. */
export function Table(
  { id, caption, columns, rows }: {
    id: string;
    caption: ComponentChildren;
    columns: readonly TableColumn[];
    /** The first cell of a row is its heading. */
    rows: readonly (readonly ComponentChildren[])[];
  },
) {
  const heads = columns.map((column) => typeof column === "string" ? { title: column } : column);
  const look = heads.map(({ numeric }) => numeric ? "number" : undefined);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-labelledby={id}>
      <table>
        <caption id={id}>{caption}</caption>
        <thead>
          <tr>{heads.map(({ title }, i) => <th scope="col" class={look[i]}>{title}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map(([head, ...cells]) => (
            <tr>
              <th scope="row">{head}</th>
              {cells.map((cell, i) => <td class={look[i + 1]}>{cell}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A Markdown table of the findings, as one of the page's. */
export function MarkdownTable(
  { id, caption, text }: { id: string; caption: string; text: string },
) {
  const table = marked.lexer(text).find((token): token is Tokens.Table => token.type === "table");
  if (!table) return <Prose text={text} />;
  return (
    <Table
      id={id}
      caption={caption}
      columns={table.header.map(({ text, align }) => ({
        title: <Inline text={text} />,
        numeric: align === "right",
      }))}
      rows={table.rows.map((cells) => cells.map(({ text }) => <Inline text={text} />))}
    />
  );
}

/** Whether figures carry a picture, for paper and for readers without scripts. */
export const WithPictures = createContext(true);

/**
 * A figure; `figures/picture/draw.js` draws the data that stand beside it as JSON in place of the
 * picture.
 */
export function Plot(
  { wide, narrow, caption }: { wide: Figure; narrow?: Figure; caption: string },
) {
  if (wide.data.length === 0) return null;
  const layouts = { wide: wide.layout, ...(narrow ? { narrow: narrow.layout } : {}) };
  const json = JSON.stringify({ data: wide.data, ...layouts }).replaceAll("<", "\\u003c");
  return (
    <figure>
      <div class="plot" role="img" aria-label={wide.description}>
        {useContext(WithPictures) && <Picture figure={wide} />}
      </div>
      <script type="application/json" dangerouslySetInnerHTML={{ __html: json }} />
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

const PICTURE_WIDTH = 700;
const pictures = new WeakMap<Figure, string>();

/** Drawing takes its time: thrown, the promise makes the renderer come back when it is kept. */
function Picture({ figure }: { figure: Figure }) {
  const svg = pictures.get(figure);
  if (svg === undefined) {
    throw staticSvg(figure, PICTURE_WIDTH).then((drawn) => void pictures.set(figure, drawn));
  }
  const source = `data:image/svg+xml;base64,${new TextEncoder().encode(svg).toBase64()}`;
  return <img class="picture" src={source} alt="" width={PICTURE_WIDTH} />;
}
