/**
 * What happens as the models train: learning curves, and the layers' inputs.
 *
 * @module
 */
import type { TrialRecord } from "../../experiments/record.ts";
import {
  activationDrift,
  activationMoments,
  gammaBeta,
  learningCurves,
} from "../../figures/mod.ts";
import type { ModelTrials } from "../../findings/side_by_side.ts";
import { Plot } from "./parts.tsx";

/** Accuracy after each epoch. */
export function LearningCurves({ records }: { records: readonly TrialRecord[] }) {
  return (
    <Plot
      wide={learningCurves(records)}
      narrow={learningCurves(records, { columns: 1 })}
      caption={"Solid: validation accuracy after each epoch, in prediction mode, with dataset " +
        "statistics where the records have them and moving ones elsewhere, which hide what BN does " +
        "in the first epochs; thick the mean, thin every trial. Dashed: mean training accuracy over the " +
        "epoch's batches as they were trained on, in training mode, while the weights were still " +
        "changing; it can therefore lie below the validation accuracy."}
    />
  );
}

/** What happens in the layers of one model: drift of the activations' inputs, γ and β. */
export function Inside({ model, trials }: ModelTrials) {
  const records = [...trials.none, ...trials.pre, ...trials.post];
  const course = records.some(({ epochs }) => epochs.length > 1);
  return (
    <>
      <h3>{model}</h3>
      {course && (
        <>
          <Plot
            wide={activationMoments(records)}
            caption={"Inputs of the activations: mean and standard deviation of each layer after each epoch, on " +
              "the first validation images. Thin: trials; thick: means."}
          />
          <Plot
            wide={activationDrift(records)}
            caption={"Drift: how far the inputs of the activations moved since the epoch before, in " +
              "standard deviations of each unit. Equal epochs are not equal progress: C4 compares at " +
              "equal training loss."}
          />
        </>
      )}
      <Plot
        wide={gammaBeta(records)}
        narrow={gammaBeta(records, { columns: 1 })}
        caption={"What BN learned. Box: the middle half of the channels of all trials; whiskers: " +
          "the middle 90 %; small marks: extremes. Third panel: channels whose input never varies."}
      />
    </>
  );
}
