/**
 * The head of the report: title, who hands it in, and the abstract.
 *
 * @module
 */
import { Prose } from "./parts.tsx";

/** What stands below the title; what is not given is left open, to be filled in by hand. */
export interface TitleBlock {
  author?: string;
  /** Number or name by which the course knows the author. */
  id?: string;
  course?: string;
  date?: string;
}

export const TITLE = "Batch normalization before or after the activation";

/** Title and byline. */
export function Title({ title = {} }: { title?: TitleBlock }) {
  const lines = [
    ["Author", title.author],
    ...(title.id ? [["Student ID", title.id]] : []),
    ["Course", title.course],
    ["Date", title.date],
  ] as const;
  return (
    <header>
      <h1>{TITLE}</h1>
      <dl class="byline">
        {lines.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value ? <bdi>{value}</bdi> : <span class="blank">to be filled in</span>}</dd>
          </div>
        ))}
      </dl>
    </header>
  );
}

/** What was asked, done and found. */
export function Abstract({ text }: { text: string }) {
  return (
    <section class="abstract" aria-labelledby="abstract">
      <h2 id="abstract">Abstract</h2>
      <Prose text={text} />
    </section>
  );
}
