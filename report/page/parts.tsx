/**
 * What the page is put together from: prose with equations, tables, figures.
 *
 * @module
 */
import { Marked, type Token, type Tokens } from "marked";
import markedKatex from "marked-katex-extension";
import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import { createContext } from "preact";
import { escapeHtml } from "../../experiments/escape.ts";
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
  const html = marked.parse(unbroken(text.replace(MARKS, "")), { async: false });
  return <div class="prose" dangerouslySetInnerHTML={{ __html: html }} />;
}

/** Hand-written numbers are marked with where the records have them, for a test: not for readers. */
const MARKS = /<!--.*?-->/gs;

/** No line ends between a number and its % sign. */
export function unbroken(text: string): string {
  return text.replace(/(\d) %/g, "$1\u00a0%");
}

/** A Markdown table of the findings, as one of the page's. */
export function MarkdownTable(
  { id, caption, text }: { id: string; caption: string; text: string },
) {
  const table = marked.lexer(unbroken(text)).find((token): token is Tokens.Table =>
    token.type === "table"
  );
  if (!table) return <Prose text={text} />;
  const { header, rows, align } = table;
  const look = (column: number) => align[column] === "right" ? "number" : undefined;
  return (
    <Table id={id} caption={caption}>
      <thead>
        <tr>
          {header.map(({ tokens }, i) => (
            <th scope="col" class={look(i)}>
              <Inline tokens={tokens} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells) => (
          <tr>
            {cells.map(({ tokens }, i) =>
              i === 0
                ? (
                  <th scope="row">
                    <Inline tokens={tokens} />
                  </th>
                )
                : (
                  <td class={look(i)}>
                    <Inline tokens={tokens} />
                  </td>
                )
            )}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Inline({ tokens }: { tokens: Token[] }) {
  return (
    <span
      dangerouslySetInnerHTML={{ __html: marked.Parser.parseInline(tokens, marked.defaults) }}
    />
  );
}

/** A table; a wide one scrolls in a box of its own, which the keyboard can reach. */
export function Table(
  { id, caption, children }: {
    id: string;
    caption: ComponentChildren;
    children: ComponentChildren;
  },
) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-labelledby={id}>
      <table>
        <caption id={id}>{caption}</caption>
        {children}
      </table>
    </div>
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

/** Items between commas. */
export function list(items: readonly (string | number)[]): string {
  return items.join(", ");
}
