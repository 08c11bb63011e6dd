/**
 * Shows how a run is going: bars on a terminal, plain lines anywhere else. On the error stream, so
 * that the output stream carries results alone.
 *
 * @module
 */
import { MultiBar, type SingleBar } from "cli-progress";
import process from "node:process";
import { percent } from "./format.ts";
import { TextReporter } from "./progress.ts";
import type { Reporter } from "./reporter.ts";

/** Seconds between two plain lines about the same trial. */
const LINE_EVERY = 30;

/** A reporter for this process's error stream. */
export function createReporter(): Reporter {
  return Deno.stderr.isTerminal() ? new BarReporter() : new LineReporter();
}

/** Plain lines, for logs. */
class LineReporter extends TextReporter {
  /** When each trial began or had its last line. */
  readonly #lastLine = new Map<string, number>();

  protected override line(text: string): void {
    console.error(text);
  }

  protected override draw(): void {
    const now = performance.now();
    const [, ...running] = this.bars();
    for (const { name, done, text } of running) {
      const last = this.#lastLine.get(name);
      if (last !== undefined && now - last < LINE_EVERY * 1000) continue;
      this.#lastLine.set(name, now);
      if (last !== undefined) this.line(`${name}: ${percent(done, 0)}, ${text}`);
    }
  }
}

/** One bar for all trials and one for each that is running. */
class BarReporter extends TextReporter {
  readonly #screen = new MultiBar({
    format: "{name} [{bar}] {percentage}% {text}",
    stream: process.stderr,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false, // Ctrl-C is the command's to handle
    emptyOnZero: true,
  });
  readonly #bars = new Map<string, SingleBar>();

  protected override line(text: string): void {
    // Before the first bar and after the last there is nothing to print above of.
    if (this.#bars.size > 0) this.#screen.log(text + "\n");
    else console.error(text);
  }

  protected override draw(): void {
    const shown = this.bars();
    for (const [name, bar] of this.#bars) {
      if (shown.some((other) => other.name === name)) continue;
      this.#screen.remove(bar);
      this.#bars.delete(name);
    }
    for (const { name, done, text } of shown) {
      const words = { name: name.padEnd(NAME_WIDTH), text };
      const bar = this.#bars.get(name);
      if (bar) bar.update(done, words);
      else this.#bars.set(name, this.#screen.create(1, done, words));
    }
  }

  override end(): void {
    super.end();
    this.#screen.update(); // what was logged since the last redraw would be lost
    this.#screen.stop();
    this.#bars.clear();
  }
}

/** Characters: the names of the usual trials. */
const NAME_WIDTH = 13;
