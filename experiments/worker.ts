/// <reference lib="deno.worker" />
/**
 * A worker that runs one trial: it receives a {@linkcode TrialRequest}, answers with progress and
 * ends with the record, or with the error.
 *
 * @module
 */
import type { FashionMnist } from "../data/fashion_mnist.ts";
import { prepareBackend } from "./backend.ts";
import { openBlas } from "../kernels/mod.ts";
import type { TrialRecord } from "./record.ts";
import type { Trial } from "./reporter.ts";
import { runTrial } from "./trial.ts";
import type { TrialProgress } from "./trial_progress.ts";

/** What a worker is asked to do. */
export interface TrialRequest extends Trial {
  data: FashionMnist;
  jobs: number;
  /** File of the BLAS to train with. */
  blas?: string;
}

/** What a worker answers: progress now and then, then the record or the error. */
export type TrialAnswer = { progress: TrialProgress } | { record: TrialRecord } | { error: Error };

/** Milliseconds between two reports of progress. */
const REPORT_EVERY = 100;

self.onmessage = async ({ data: request }: MessageEvent<TrialRequest>) => {
  try {
    answer({ record: await run(request) });
  } catch (error) {
    // Uncaught, Deno would print it with its stack, across the bars of the other trials.
    answer({ error: error as Error });
  }
};

async function run(request: TrialRequest): Promise<TrialRecord> {
  const { experiment, seed, data, jobs, blas } = request;
  await prepareBackend();
  if (blas) openBlas(blas);
  let reported = -Infinity;
  return await runTrial(experiment, seed, data, {
    jobs,
    onProgress: (progress) => {
      if (performance.now() - reported < REPORT_EVERY) return;
      reported = performance.now();
      answer({ progress });
    },
  });
}

function answer(message: TrialAnswer): void {
  self.postMessage(message);
}
