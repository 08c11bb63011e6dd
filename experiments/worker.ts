/// <reference lib="deno.worker" />
/**
 * A worker that runs one trial: it receives a {@linkcode TrialRequest}, answers with progress and
 * ends with the record. An error ends the worker and reaches whoever started it.
 *
 * @module
 */
import type { FashionMnist } from "../data/fashion_mnist.ts";
import { prepareBackend } from "./backend.ts";
import type { Experiment } from "./experiment.ts";
import type { TrialRecord } from "./records.ts";
import { runTrial, type TrialProgress } from "./trial.ts";

/** What a worker is asked to do. */
export interface TrialRequest {
  experiment: Experiment;
  seed: number;
  data: FashionMnist;
  jobs: number;
}

/** What a worker answers: progress now and then, the record once. */
export type TrialAnswer = { progress: TrialProgress } | { record: TrialRecord };

/** Milliseconds between two reports of progress. */
const REPORT_EVERY = 100;

self.onmessage = async ({ data: request }: MessageEvent<TrialRequest>) => {
  const answer = (message: TrialAnswer) => self.postMessage(message);
  await prepareBackend();
  let reported = -Infinity;
  const record = await runTrial(request.experiment, request.seed, request.data, {
    jobs: request.jobs,
    onProgress: (progress) => {
      if (performance.now() - reported < REPORT_EVERY) return;
      reported = performance.now();
      answer({ progress });
    },
  });
  answer({ record });
};
