// deno-lint-ignore-file jsx-key -- rendered once, to a string: no list is ever updated
/**
 * What was trained, and how: the models and every hyperparameter.
 *
 * @module
 */
import { DEFAULTS, type Experiment, REASONS } from "../../experiments/experiment.ts";
import type { ExperimentSummary } from "../../findings/summary.ts";
import { formatValue, PLACEMENT_WORDS, settingName } from "../../findings/setting.ts";
import type { Preset } from "../../experiments/presets.ts";
import { SCALING_WORDS } from "../../figures/scalings.ts";
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
    <Table
      id="models-table"
      caption={"In the CNN, W stands for the convolution, and 2×2 max-pooling comes last in the " +
        "block; its padding is “same”. No BN on the logits, which go into softmax cross-entropy." +
        (experiments.some(({ name }) => name.startsWith("mlp256-"))
          ? " The MLP with one hidden layer is that of the course's starter code (“starter MLP”)."
          : "")}
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
  );
}

function layersOf({ filters, hidden }: Experiment): string {
  const dense = [...hidden, 10].join(" → ");
  return filters > 0
    ? `28×28 pixels → convolution 5×5, ${filters} filters → pooling → ${dense}`
    : `784 pixels → ${dense}`;
}

/** Every hyperparameter: what all share, with its reason, and what differs. */
export function Configuration(
  { experiments, preset }: { experiments: ExperimentSummary[]; preset?: Preset },
) {
  const keys = Object.keys(experiments[0].experiment).filter((key) =>
    isSetting(key, experiments)
  ) as Array<
    Exclude<keyof Experiment, "name">
  >;
  const value = (experiment: Experiment, key: keyof Experiment) =>
    settingWords(key, experiment[key]);
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
              <th scope="row">{settingName(key)}</th>
              <td>{value(experiments[0].experiment, key)}</td>
              <td class="reason">{reason(experiments[0].experiment, key, preset)}</td>
            </tr>
          ))}
          {FIXED.map(([name, value, reason]) => (
            <tr>
              <th scope="row">{name}</th>
              <td>{value}</td>
              <td class="reason">{reason}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      {differing.length > 0 && (
        <>
          <Table id="differing" caption="What differs between the experiments.">
            <thead>
              <tr>
                <th scope="col">Experiment</th>
                {differing.map((key) => <th scope="col">{settingName(key)}</th>)}
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
          <Table id="differing-reasons" caption="Why these have the values that they have.">
            <thead>
              <tr>
                <th scope="col">Hyperparameter</th>
                <th scope="col">Reason</th>
              </tr>
            </thead>
            <tbody>
              {differing.map((key) => (
                <tr>
                  <th scope="row">{settingName(key)}</th>
                  <td class="reason">{REASONS[key]}</td>
                </tr>
              ))}
            </tbody>
          </Table>
        </>
      )}
    </>
  );
}

/** What no experiment varies, and why. */
const FIXED = [
  ["optimizer", "SGD, no momentum", "Nothing but the gradient and the rate decides a step."],
  ["loss", "softmax cross-entropy", "The usual loss for one class of several."],
  [
    "initial weights",
    "He normal, by seed; biases 0, γ 1, β 0",
    "Suits ReLU; the same for all placements of one seed wherever shapes agree.",
  ],
] as const;

/** Whether a key of an experiment is a setting that these experiments have; an MLP has no filters. */
function isSetting(key: string, experiments: ExperimentSummary[]): boolean {
  return key !== "name" && key !== "measure" &&
    (key !== "filters" || experiments.some(({ experiment }) => experiment.filters > 0));
}

/** A setting's value for readers. */
function settingWords(key: keyof Experiment, value: Experiment[keyof Experiment]): string {
  if (key === "placement") return PLACEMENT_WORDS[value as Experiment["placement"]];
  if (key === "scaling") return SCALING_WORDS[value as Experiment["scaling"]];
  if (key === "filters" && value === 0) return "–";
  return formatValue(value);
}

/** A default's reason; for another value, what the default would be. */
function reason(experiment: Experiment, key: keyof Experiment, preset?: Preset): string {
  const defaults: Partial<Experiment> = DEFAULTS;
  const reasons: Partial<Record<keyof Experiment, string>> = REASONS;
  const usual = defaults[key];
  if (usual !== undefined && formatValue(usual) !== formatValue(experiment[key])) {
    const purpose = preset ? `preset ${preset.name} (${preset.description})` : "these experiments";
    return `Chosen for ${purpose}; the default is ${settingWords(key, usual)}.`;
  }
  return reasons[key] ?? "Chosen for these experiments.";
}
