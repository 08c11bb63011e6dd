/**
 * How far a trial has come.
 *
 * @module
 */
import type { Minibatch } from "../data/minibatches.ts";
import type { Experiment } from "./experiment.ts";
import type { Score } from "./record.ts";
import { TRAINING_COST, workOf } from "./time_left.ts";

/** What a trial reports after each batch. */
export interface TrialProgress {
  /** Share of the whole trial that is done, 0 to 1. */
  done: number;
  phase: "training" | "validation" | "statistics" | "test";
  /** The epoch under way or last finished, from 1. */
  epoch: number;
  /** Mean training score of that epoch so far. */
  score: Score;
}

/** Adds up what has been done and reports it. */
export class Progress {
  #done = 0;
  #epoch = 1;
  #score: Score = { loss: null, accuracy: 0 };
  readonly #work: number;
  readonly #report?: (progress: TrialProgress) => void;

  constructor(experiment: Experiment, report?: (progress: TrialProgress) => void) {
    this.#work = workOf(experiment);
    this.#report = report;
  }

  /** A training step. */
  step(epoch: number, score: Score, images: number): void {
    this.#epoch = epoch;
    this.#score = score;
    this.#advance(images * TRAINING_COST, "training");
  }

  /** The same batches, each counted as done when the next is asked for. */
  *counted(batches: Iterable<Minibatch>, phase: TrialProgress["phase"]): Generator<Minibatch> {
    for (const batch of batches) {
      yield batch;
      this.#advance(batch.size, phase);
    }
  }

  #advance(work: number, phase: TrialProgress["phase"]): void {
    this.#done += work;
    const done = this.#done / this.#work;
    this.#report?.({ done, phase, epoch: this.#epoch, score: this.#score });
  }
}
