/**
 * Shows how a run is going: bars on a terminal, plain lines anywhere else. On the error stream, so
 * that the output stream carries results alone. Notebooks show the same words in their own way.
 *
 * @module
 */
import { MultiBar, type SingleBar } from "cli-progress";
import process from "node:process";
import { count, duration, percent } from "./format.ts";
import { mean } from "./mean.ts";
import { pathOf, type TrialRecord } from "./records.ts";
import type { Reporter, Trial } from "./reporter.ts";
import type { TrialProgress } from "./trial.ts";

/** Seconds between two plain lines about the same trial. */
const LINE_EVERY = 30;

/** A reporter for this process's error stream. */
export function createReporter(): Reporter {
  return Deno.stderr.isTerminal() ? new BarReporter() : new LineReporter();
}

/** What all ways of showing share: the plan and the results in words, and the time that is left. */
export abstract class TextReporter implements Reporter {
  readonly #startedAt = new Map<Trial, number>();
  readonly #secondsLeft = new Map<Trial, number>();
  /** Seconds that finished trials took. */
  readonly #took: { trial: Trial; seconds: number }[] = [];
  #pending: Trial[] = [];
  #jobs = 1;

  protected total = 0;
  protected ended = 0;
  /** What a user does to stop the run. */
  protected readonly stopping: string = "Ctrl-C";

  /** Shows a line that stays. */
  protected abstract line(text: string): void;

  moved(from: URL, to: URL): void {
    this.line(`Moved the records in ${pathOf(from)} aside, to ${pathOf(to)}.`);
  }

  plan(missing: Trial[], reused: Trial[], jobs: number): void {
    this.#pending = [...missing];
    this.#jobs = jobs;
    this.total = missing.length;
    if (reused.length > 0) this.line(`Reused ${count(reused.length, "trial")}: ${listed(reused)}.`);
    this.line(
      missing.length === 0
        ? "Nothing is missing."
        : `Running ${count(missing.length, "trial")}, ${jobs} at a time. ` +
          `${this.stopping} stops; finished trials are kept.`,
    );
  }

  reused(trial: Trial): void {
    this.#begin(trial);
    this.#end(trial);
    this.line(`${nameOf(trial)}: reused, another run has finished it; ${this.stateOfAll()}`);
  }

  started(trial: Trial): void {
    this.#startedAt.set(trial, performance.now());
    this.#begin(trial);
  }

  progress(trial: Trial, { done }: TrialProgress): void {
    const elapsed = this.#elapsed(trial);
    if (done > 0) this.#secondsLeft.set(trial, elapsed * (1 - done) / done);
  }

  finished(trial: Trial, record: TrialRecord): void {
    this.#took.push({ trial, seconds: this.#elapsed(trial) });
    this.#end(trial);
    const exact = record.test.dataset;
    this.line(
      `${nameOf(trial)}: test accuracy ${percent(record.test.moving.accuracy)}` +
        (exact ? ` (with exact statistics ${percent(exact.accuracy)})` : "") +
        `, loss ${decimal(record.test.moving.loss)}, in ${duration(record.seconds.total)}; ` +
        this.stateOfAll(),
    );
  }

  failed(trial: Trial, error: Error): void {
    this.#end(trial);
    this.line(`${nameOf(trial)} FAILED: ${error.message}`);
  }

  end(): void {}

  /** What a trial is doing, and how long it will take: "epoch 2/5, loss 0.300, …, 40 s left". */
  protected stateOf(trial: Trial, progress: TrialProgress): string {
    return describe(trial, progress) + left(this.#secondsLeft.get(trial));
  }

  /** How many trials have ended, and how long the others will take. */
  protected stateOfAll(): string {
    const state = `${this.ended} of ${this.total}`;
    return this.ended === this.total ? state : state + left(this.#totalLeft());
  }

  #elapsed(trial: Trial): number {
    return (performance.now() - this.#startedAt.get(trial)!) / 1000;
  }

  /** Seconds until the last trial ends; undefined until something is known of every kind of model. */
  #totalLeft(): number | undefined {
    let seconds = 0;
    const durations = [...this.#took];
    for (const [trial, trialLeft] of this.#secondsLeft) {
      seconds += trialLeft;
      durations.push({ trial, seconds: this.#elapsed(trial) + trialLeft });
    }
    for (const { experiment } of this.#pending) {
      const known = durations.filter(({ trial }) =>
        trial.experiment.architecture === experiment.architecture
      );
      if (known.length === 0) return undefined;
      seconds += mean(known.map(({ seconds }) => seconds));
    }
    return seconds / this.#jobs;
  }

  #begin(trial: Trial): void {
    this.#pending = this.#pending.filter((other) => other !== trial);
  }

  #end(trial: Trial): void {
    this.ended += 1;
    this.#secondsLeft.delete(trial);
  }
}

/** Plain lines, for logs. */
class LineReporter extends TextReporter {
  readonly #lastLine = new Map<Trial, number>();

  protected override line(text: string): void {
    console.error(text);
  }

  override started(trial: Trial): void {
    super.started(trial);
    this.#lastLine.set(trial, performance.now());
  }

  override progress(trial: Trial, progress: TrialProgress): void {
    super.progress(trial, progress);
    if (performance.now() - this.#lastLine.get(trial)! < LINE_EVERY * 1000) return;
    this.#lastLine.set(trial, performance.now());
    this.line(
      `${nameOf(trial)}: ${percent(progress.done, 0)}, ${this.stateOf(trial, progress)}`,
    );
  }
}

/** One bar for each running trial and one for all of them. */
class BarReporter extends TextReporter {
  readonly #bars = new MultiBar({
    format: "{name} [{bar}] {percentage}%{text}",
    stream: process.stderr,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false, // Ctrl-C is the command's to handle
    emptyOnZero: true,
  });
  readonly #barOf = new Map<Trial, SingleBar>();
  #total?: SingleBar;

  protected override line(text: string): void {
    // Before the first bar and after the last there is nothing to print above of.
    if (this.#total) this.#bars.log(text + "\n");
    else console.error(text);
  }

  override plan(missing: Trial[], reused: Trial[], jobs: number): void {
    super.plan(missing, reused, jobs);
    if (missing.length === 0) return;
    this.#total = this.#bars.create(missing.length, 0, { name: "all trials   ", text: "" });
  }

  override reused(trial: Trial): void {
    super.reused(trial);
    this.#total?.update(this.ended);
  }

  override started(trial: Trial): void {
    super.started(trial);
    const name = nameOf(trial).padEnd("all trials   ".length);
    this.#barOf.set(trial, this.#bars.create(1, 0, { name, text: " starting" }));
  }

  override progress(trial: Trial, progress: TrialProgress): void {
    super.progress(trial, progress);
    const text = ` ${this.stateOf(trial, progress)}`;
    this.#barOf.get(trial)?.update(progress.done, { text });
    this.#total?.update({ text: ` ${this.stateOfAll()}` });
  }

  override finished(trial: Trial, record: TrialRecord): void {
    this.#remove(trial);
    super.finished(trial, record);
    this.#total?.update(this.ended);
  }

  override failed(trial: Trial, error: Error): void {
    this.#remove(trial);
    super.failed(trial, error);
    this.#total?.update(this.ended);
  }

  override end(): void {
    this.#bars.update(); // what was logged since the last redraw would be lost
    this.#bars.stop();
    this.#total = undefined;
  }

  #remove(trial: Trial): void {
    const bar = this.#barOf.get(trial);
    if (bar) this.#bars.remove(bar);
    this.#barOf.delete(trial);
  }
}

/** A trial's name in lines and bars: `mlp-pre 1`. */
export function nameOf({ experiment, seed }: Trial): string {
  return `${experiment.name} ${seed}`;
}

function describe({ experiment }: Trial, { phase, epoch, score }: TrialProgress): string {
  const epochs = `epoch ${epoch}/${experiment.epochs}`;
  return phase === "training"
    ? `${epochs}, loss ${decimal(score.loss)}, accuracy ${percent(score.accuracy)}`
    : `${epochs}, ${phase}`;
}

/** The first dozen by name: a claim's sweep has many. */
function listed(trials: readonly Trial[]): string {
  const names = trials.slice(0, MOST_LISTED).map(nameOf).join(", ");
  const more = trials.length - MOST_LISTED;
  return more > 0 ? `${names} and ${more} more` : names;
}

const MOST_LISTED = 12;

function left(seconds: number | undefined): string {
  return seconds === undefined ? "" : `, ${duration(seconds)} left`;
}

function decimal(value: number | null): string {
  if (value === null) return "not finite";
  return value < 1e6 ? value.toFixed(3) : value.toExponential(1);
}
