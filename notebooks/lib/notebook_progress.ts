/**
 * Shows in a notebook how a run is going: one output with a bar for each running trial, which is
 * replaced as the run goes on. What stays in the end is plain lines.
 *
 * @module
 */
import { escapeHtml } from "../../experiments/escape.ts";
import { percent } from "../../experiments/format.ts";
import { type Bar, TextReporter } from "../../experiments/progress.ts";
import { type MimeBundle, sendToKernel } from "./kernel.ts";

/** Milliseconds between two states of the same output. */
const REDRAW_EVERY = 200;

/** Reports to the cell that is running. */
export class NotebookReporter extends TextReporter {
  protected override readonly stopping = "Interrupting the kernel";
  readonly #id = crypto.randomUUID();
  readonly #lines: string[] = [];
  #timer?: ReturnType<typeof setTimeout>;
  #shown = false;
  #sent: Promise<void> = Promise.resolve();

  /** Resolves when everything has been sent to the notebook. */
  get settled(): Promise<void> {
    return this.#sent;
  }

  protected override line(text: string): void {
    this.#lines.push(text);
    this.draw();
  }

  protected override draw(): void {
    this.#timer ??= setTimeout(() => this.#send(), this.#shown ? REDRAW_EVERY : 0);
  }

  override end(): void {
    super.end();
    clearTimeout(this.#timer);
    this.#send();
  }

  #send(): void {
    this.#timer = undefined;
    const bundle = progressBundle(this.#lines, this.bars());
    const options = { id: this.#id, update: this.#shown };
    this.#shown = true;
    this.#sent = this.#sent.then(() => sendToKernel(bundle, options));
  }
}

function progressBundle(lines: string[], bars: Bar[]): MimeBundle {
  const html = [
    ...lines.map((line) => `<div>${escapeHtml(line)}</div>`),
    ...bars.map(({ name, done, text }) =>
      `<div><progress max="1" value="${done.toFixed(3)}"></progress> ` +
      `${escapeHtml(`${name} ${percent(done, 0)}, ${text}`)}</div>`
    ),
  ];
  const text = [
    ...lines,
    ...bars.map(({ name, done, text }) => `${name} ${percent(done, 0)}, ${text}`),
  ];
  return { "text/html": html.join("\n"), "text/plain": text.join("\n") };
}
