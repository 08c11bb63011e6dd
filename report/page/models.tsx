// deno-lint-ignore-file jsx-key -- rendered once, to a string: no list is ever updated
/**
 * What was trained, and how: the models and every hyperparameter.
 *
 * @module
 */
import { DEFAULTS, type Experiment, REASONS } from "../../experiments/experiment.ts";
import {
  type ExperimentSummary,
  formatValue,
  PLACEMENT_WORDS,
  words,
} from "../../experiments/summary.ts";
import { Prose, Table } from "./parts.tsx";

/** Each placement as an equation of a hidden block: affine map, activation, BN. */
const BLOCKS: Record<Experiment["placement"], string> = {
  none: "$g(Wx + b)$",
  pre: "$g(\\mathrm{BN}(Wx))$",
  post: "$\\mathrm{BN}(g(Wx + b))$",
};

/** The models, one row for each experiment. */
export function Models({ experiments }: { experiments: ExperimentSummary[] }) {
  return (
    <>
      <Table
        id="models-table"
        caption={"In the CNN, W stands for the convolution, and 2×2 max-pooling comes last in the " +
          "block. No BN on the logits; they go into softmax cross-entropy."}
      >
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Layers</th>
            <th scope="col">Hidden block</th>
            <th scope="col" class="number">Parameters</th>
          </tr>
        </thead>
        <tbody>
          {experiments.map(({ name, label, experiment, parameters }) => (
            <tr>
              <th scope="row">
                {label}
                <small>{name}</small>
              </th>
              <td>{layersOf(experiment)}</td>
              <td>
                <Prose text={BLOCKS[experiment.placement]} />
              </td>
              <td class="number">{parameters.toLocaleString("en-US")}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </>
  );
}

function layersOf({ filters, hidden }: Experiment): string {
  const dense = [...hidden, 10].join(" → ");
  return filters > 0
    ? `28×28 pixels → convolution 5×5, ${filters} filters → pooling → ${dense}`
    : `784 pixels → ${dense}`;
}

/** Every hyperparameter: what all share, with its reason, and what differs. */
export function Configuration({ experiments }: { experiments: ExperimentSummary[] }) {
  const keys = Object.keys(experiments[0].experiment).filter((key) =>
    isSetting(key, experiments)
  ) as Array<
    Exclude<keyof Experiment, "name">
  >;
  const value = (experiment: Experiment, key: keyof Experiment) =>
    key === "placement" ? PLACEMENT_WORDS[experiment.placement] : formatValue(experiment[key]);
  const values = (key: keyof Experiment) =>
    new Set(experiments.map(({ experiment }) => value(experiment, key)));
  const shared = keys.filter((key) => values(key).size === 1);
  const differing = keys.filter((key) => values(key).size > 1);
  return (
    <>
      <Table id="shared" caption="What all experiments share, and why each value is what it is.">
        <thead>
          <tr>
            <th scope="col">Hyperparameter</th>
            <th scope="col">Value</th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {shared.map((key) => (
            <tr>
              <th scope="row">{words(key)}</th>
              <td>{value(experiments[0].experiment, key)}</td>
              <td class="reason">{reason(experiments[0].experiment, key)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      {differing.length > 0 && (
        <Table id="differing" caption="What differs between the experiments.">
          <thead>
            <tr>
              <th scope="col">Experiment</th>
              {differing.map((key) => <th scope="col">{words(key)}</th>)}
            </tr>
          </thead>
          <tbody>
            {experiments.map(({ name, experiment }) => (
              <tr>
                <th scope="row">
                  <code>{name}</code>
                </th>
                {differing.map((key) => <td>{value(experiment, key)}</td>)}
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </>
  );
}

/** Whether a key of an experiment is a setting that these experiments have; an MLP has no filters. */
function isSetting(key: string, experiments: ExperimentSummary[]): boolean {
  return key !== "name" &&
    (key !== "filters" || experiments.some(({ experiment }) => experiment.filters > 0));
}

/** A default's reason; for another value, what the default would be. */
function reason(experiment: Experiment, key: keyof Experiment): string {
  const defaults: Partial<Experiment> = DEFAULTS;
  const reasons: Partial<Record<keyof Experiment, string>> = REASONS;
  const usual = defaults[key];
  if (usual !== undefined && formatValue(usual) !== formatValue(experiment[key])) {
    return `Chosen for these experiments; the default is ${formatValue(usual)}.`;
  }
  return reasons[key] ?? "Chosen for these experiments.";
}
