import type { Experiment } from "../../experiments/experiment.ts";
import type { Score } from "../../experiments/record.ts";
import {
  BATCHES,
  SCHEDULES,
  scoredByBatch,
  scoredBySteps,
} from "../../experiments/sweeps/prediction.ts";
import { SCHEDULE_WORDS } from "../setting.ts";
import { type Claim, type Comparison, MARGIN } from "./claim.ts";

export const batchNoise: Claim = {
  id: "D6",
  name: "dataset statistics predict better than the batch’s",
  question:
    "On the same weights, do dataset statistics score more test images than the statistics " +
    "of the batch that an image is in?",
  quotation: {
    text: "the noise in the sample mean and the sample variance arising from estimating each on " +
      "minibatches are no longer desirable once we have trained the model",
    source: "assignment, from Dive into Deep Learning",
  },
  parts: [{
    comparisons: BATCHES.map((size): Comparison => ({
      subject: `batches of ${size}, dataset − batch`,
      asks: "more",
      margin: MARGIN.tenThousand,
      unit: "points",
      pairsIn: (trials) =>
        trials.pairs([scoredByBatch(size)], ([record], outcome) => [
          outcome(record),
          outcome(record) && record.companions?.accuracy,
        ]),
    })),
  }],
};

/** Dataset statistics against the moving average on the validation images after some steps. */
function compareAfter(
  step: number,
  schedule: Experiment["schedule"],
  asks: "more" | "alike",
): Comparison {
  return {
    subject: `after ${step} steps, ${SCHEDULE_WORDS[schedule]}, dataset − moving`,
    asks,
    margin: MARGIN.tenThousand,
    unit: "points",
    pairsIn: (trials) =>
      trials.pairs([scoredBySteps(schedule)], ([record], outcome) => {
        const scored = record.steps.find((scored) => scored.step === step);
        const accuracy = (score: Score | null | undefined) => outcome(record) && score?.accuracy;
        return [accuracy(scored?.dataset), accuracy(scored?.moving)];
      }),
  };
}

export const movingLags: Claim = {
  id: "D7",
  name: "the moving average lags at first",
  question:
    "On the same weights, does the moving average score fewer validation images than dataset " +
    "statistics after few steps, and as many after 780?",
  quotation: {
    text: "a moving average is unreliable early in training and with few steps; statistics taken " +
      "anew from the data are not",
    source: "Wu & Johnson 2021, arXiv:2105.07576; level after 780 steps is ours",
    paraphrase: true,
  },
  parts: [
    {
      title: "behind after 50 and 156 steps",
      comparisons: SCHEDULES.flatMap((schedule) =>
        [50, 156].map((step) => compareAfter(step, schedule, "more"))
      ),
    },
    {
      title: "level after 780 steps",
      comparisons: SCHEDULES.map((schedule) => compareAfter(780, schedule, "alike")),
    },
  ],
};
