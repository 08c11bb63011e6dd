/**
 * How a run is going, in words and bars. Terminals and notebooks show them, each in its own way.
 *
 * @module
 */
import { count, duration, percent } from "./format.ts";
import type { TrialRecord } from "./record.ts";
import { pathOf } from "./records.ts";
import type { Reporter, Trial } from "./reporter.ts";
import { secondsLeft, type TimedTrial } from "./time_left.ts";
import type { TrialProgress } from "./trial_progress.ts";

/** What is shown of a trial that is running, or of all together. */
export interface Bar {
  name: string;
  /** 0 to 1. */
  done: number;
  /** For example "epoch 2/5, loss 0.300, accuracy 89.1 %, 40 s left"; none while nothing runs. */
  text: string;
}

/** Puts into words what happens, for others to show. */
export abstract class TextReporter implements Reporter {
  /** Those of the run but for failed ones; finished ones tell how long the others take. */
  readonly #trials = new Map<Trial, Bar & TimedTrial & { startedAt: number }>();
  #jobs = 1;
  #total = 0;
  #ended = 0;
  #isGoing = false;

  /** What a user does to stop the run. */
  protected readonly stopping: string = "Ctrl-C";

  /** Shows a line that stays. */
  protected abstract line(text: string): void;

  /** Shows the bars as they are now. */
  protected abstract draw(): void;

  moved(from: URL, to: URL): void {
    this.line(`Moved the records in ${pathOf(from)} aside, to ${pathOf(to)}.`);
  }

  plan(missing: Trial[], reused: Trial[], jobs: number): void {
    this.#jobs = jobs;
    this.#total = missing.length;
    for (const trial of missing) {
      const { experiment } = trial;
      const bar = { name: nameOf(trial), done: 0, text: "" };
      this.#trials.set(trial, { ...bar, experiment, seconds: 0, startedAt: 0 });
    }
    if (reused.length > 0) {
      this.line(`Reused ${count(reused.length, "trial")}: ${listed(reused)}.`);
    }
    if (missing.length === 0) return this.line("Nothing is missing.");
    this.#isGoing = true;
    this.line(
      `Running ${count(missing.length, "trial")}, ${jobs} at a time. ` +
        `${this.stopping} stops; finished trials are kept.`,
    );
    this.draw();
  }

  reused(trial: Trial): void {
    this.#trials.delete(trial);
    this.#ended += 1;
    this.line(`${nameOf(trial)}: reused, another run has finished it; ${this.#stateOfAll()}`);
    this.draw();
  }

  started(trial: Trial): void {
    Object.assign(this.#trials.get(trial)!, { text: "starting", startedAt: performance.now() });
    this.draw();
  }

  progress(trial: Trial, progress: TrialProgress): void {
    const state = this.#trials.get(trial)!;
    state.done = progress.done;
    state.seconds = (performance.now() - state.startedAt) / 1000;
    state.text = describe(trial, progress) + left(secondsLeft([state], 1));
    this.draw();
  }

  finished(trial: Trial, record: TrialRecord): void {
    const { total } = record.seconds;
    Object.assign(this.#trials.get(trial)!, { done: 1, seconds: total, text: "" });
    this.#ended += 1;
    const exact = record.test.dataset;
    this.line(
      `${nameOf(trial)}: test accuracy ${percent(record.test.moving.accuracy)}` +
        (exact ? ` (with dataset statistics ${percent(exact.accuracy)})` : "") +
        `, loss ${decimal(record.test.moving.loss)}, in ${duration(total)}; ` +
        this.#stateOfAll(),
    );
    this.draw();
  }

  failed(trial: Trial, error: Error): void {
    this.#trials.delete(trial);
    this.#ended += 1;
    this.line(`${nameOf(trial)} FAILED: ${error.message}`);
    this.draw();
  }

  end(): void {
    this.#isGoing = false;
  }

  /** All trials together, and each that is running; nothing before the run and after it. */
  protected bars(): Bar[] {
    if (!this.#isGoing) return [];
    const running = [...this.#trials.values()].filter(({ text }) => text !== "");
    const done = running.reduce((sum, { done }) => sum + done, this.#ended) / this.#total;
    return [{ name: "all trials", done, text: this.#stateOfAll() }, ...running];
  }

  /** How many trials have ended, and how long the others will take. */
  #stateOfAll(): string {
    const state = `${this.#ended} of ${this.#total}`;
    if (this.#ended === this.#total) return state;
    return state + left(secondsLeft([...this.#trials.values()], this.#jobs));
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

/** The first dozen experiments with their seeds: a claim's sweep has many. */
function listed(trials: readonly Trial[]): string {
  const byName = [...Map.groupBy(trials, ({ experiment }) => experiment.name)];
  const names = byName.slice(0, MOST_LISTED).map(([name, trials]) =>
    `${name} ${seedsInWords(trials.map(({ seed }) => seed).toSorted((a, b) => a - b))}`
  );
  const more = byName.length - MOST_LISTED;
  return names.join("; ") + (more > 0 ? ` and ${count(more, "more experiment")}` : "");
}

function seedsInWords(seeds: readonly number[]): string {
  const [first, last] = [seeds[0], seeds.at(-1)!];
  const isRow = seeds.length > 2 && last - first === seeds.length - 1;
  return isRow ? `${first} to ${last}` : seeds.join(", ");
}

const MOST_LISTED = 12;

function left(seconds: number): string {
  return Number.isNaN(seconds) ? "" : `, ${duration(seconds)} left`;
}

function decimal(value: number | null): string {
  if (value === null) return "not finite";
  return value < 1e6 ? value.toFixed(3) : value.toExponential(1);
}
