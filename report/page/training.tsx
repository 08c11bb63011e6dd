/**
 * What happens as the models train: learning curves, time, and the layers' inputs.
 *
 * @module
 */
import type { TrialRecord } from "../../experiments/record.ts";
import {
  accuracyByTime,
  activationDrift,
  activationMoments,
  gammaBeta,
  learningCurves,
} from "../../figures/mod.ts";
import { driftTable, timeTable } from "../../findings/findings.ts";
import type { ModelTrials } from "../../findings/side_by_side.ts";
import { MarkdownTable, Plot } from "./parts.tsx";

/** Accuracy after each epoch, and in time. */
export function LearningCurves(
  { records, models }: { records: readonly TrialRecord[]; models: ModelTrials[] },
) {
  return (
    <>
      <Plot
        wide={learningCurves(records)}
        narrow={learningCurves(records, { columns: 1 })}
        caption={"Solid: validation accuracy after each epoch, in prediction mode, with dataset " +
          "statistics where the records have them and moving ones elsewhere, which hide what BN does " +
          "in the first epochs; thick the mean, thin every trial. Dashed: mean training accuracy over the " +
          "epoch's batches as they were trained on, in training mode, while the weights were still " +
          "changing; it can therefore lie below the validation accuracy."}
      />
      <Plot
        wide={accuracyByTime(records)}
        narrow={accuracyByTime(records, { columns: 1 })}
        caption={"Validation accuracy by seconds of training, on the machine of these trials. Thin: " +
          "trials; thick: their mean accuracy at their median time."}
      />
      <MarkdownTable
        id="time-table"
        caption={"Training time of a trial (median), and when a model reaches what the same model without " +
          "BN reaches at its end. Times depend on the machine and on what ran beside the trials; epochs " +
          "hold for any."}
        text={timeTable(models)}
      />
    </>
  );
}

/** A name as part of an element's id. */
function idOf(name: string): string {
  return name.replace(/\W+/g, "-");
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
              "standard deviations of each unit."}
          />
          <MarkdownTable
            id={`drift-${idOf(model)}`}
            caption={"Drift of the inputs of the activations per epoch, mean over layers, and the " +
              "smallest and largest standard deviation of a layer."}
            text={driftTable(records)}
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
