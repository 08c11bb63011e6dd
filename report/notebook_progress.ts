/**
 * Shows in a notebook how a run is going: one output with a bar for each running trial, which is
 * replaced as the run goes on. What stays in the end is plain lines.
 *
 * @module
 */
import { escapeHtml } from "../experiments/escape.ts";
import { percent } from "../experiments/format.ts";
import { nameOf, TextReporter } from "../experiments/progress.ts";
import type { TrialRecord } from "../experiments/records.ts";
import type { Trial } from "../experiments/run.ts";
import type { TrialProgress } from "../experiments/trial.ts";
import { type MimeBundle, sendToKernel } from "./kernel.ts";

/** Milliseconds between two states of the same output. */
const REDRAW_EVERY = 200;

interface Bar {
  name: string;
  /** 0 to 1. */
  done: number;
  text: string;
}

/** Reports to the cell that is running. */
export class NotebookReporter extends TextReporter {
  protected override readonly stopping = "Interrupting the kernel";
  readonly #id = crypto.randomUUID();
  readonly #lines: string[] = [];
  readonly #running = new Map<Trial, Bar>();
  #timer?: ReturnType<typeof setTimeout>;
  #shown = false;
  #sent: Promise<void> = Promise.resolve();

  /** Resolves when everything has been sent to the notebook. */
  get settled(): Promise<void> {
    return this.#sent;
  }

  protected override line(text: string): void {
    this.#lines.push(text);
    this.#drawSoon();
  }

  override started(trial: Trial): void {
    super.started(trial);
    this.#running.set(trial, { name: nameOf(trial), done: 0, text: "starting" });
    this.#drawSoon();
  }

  override progress(trial: Trial, progress: TrialProgress): void {
    super.progress(trial, progress);
    const { done } = progress;
    this.#running.set(trial, { name: nameOf(trial), done, text: this.stateOf(trial, progress) });
    this.#drawSoon();
  }

  override finished(trial: Trial, record: TrialRecord): void {
    this.#running.delete(trial);
    super.finished(trial, record);
  }

  override failed(trial: Trial, error: Error): void {
    this.#running.delete(trial);
    super.failed(trial, error);
  }

  override end(): void {
    clearTimeout(this.#timer);
    this.#running.clear();
    this.#draw();
  }

  #drawSoon(): void {
    this.#timer ??= setTimeout(() => this.#draw(), this.#shown ? REDRAW_EVERY : 0);
  }

  #draw(): void {
    this.#timer = undefined;
    const options = { id: this.#id, update: this.#shown };
    const bundle = progressBundle(this.#lines, this.#bars());
    this.#shown = true;
    this.#sent = this.#sent.then(() => sendToKernel(bundle, options));
  }

  #bars(): Bar[] {
    const running = [...this.#running.values()];
    if (running.length === 0) return [];
    const done = this.ended + running.reduce((sum, { done }) => sum + done, 0);
    return [...running, { name: "all trials", done: done / this.total, text: this.stateOfAll() }];
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
