// deno-lint-ignore-file jsx-key -- rendered once, to a string: no list is ever updated
/**
 * What was trained, and how: the models and every hyperparameter.
 *
 * @module
 */
import { DEFAULTS, type Experiment, REASONS } from "../../experiments/experiment.ts";
import { thousands } from "../../experiments/format.ts";
import { numeric } from "../../experiments/markdown.ts";
import type { ExperimentSummary } from "../../findings/summary.ts";
import { formatValue, PLACEMENT_WORDS, settingName } from "../../findings/setting.ts";
import type { Preset } from "../../experiments/presets.ts";
import { SCALING_WORDS } from "../../figures/scalings.ts";
import { Inline, Table } from "./parts.tsx";

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
      columns={["model", "layers", "hidden block", ...numeric("parameters")]}
      rows={experiments.map(({ name, label, experiment, parameters }) => [
        <>
          {label}
          <small>{name}</small>
        </>,
        layersOf(experiment),
        <Inline text={BLOCKS[experiment.placement]} />,
        thousands(parameters),
      ])}
    />
  );
}

function layersOf({ filters, hidden }: Experiment): string {
  const dense = [...hidden, 10].join(" → ");
  return filters > 0
    ? `28×28 pixels → convolution 5×5, ${filters} filters → pooling → ${dense}`
    : `784 pixels → ${dense}`;
}

type Setting = keyof typeof REASONS;

/** Every hyperparameter: what all share, and what differs, with the reasons. */
export function Configuration(
  { experiments, preset }: { experiments: ExperimentSummary[]; preset?: Preset },
) {
  const [{ experiment: first }] = experiments;
  // An MLP has no filters.
  const isSetting = (key: string): key is Setting =>
    Object.hasOwn(REASONS, key) &&
    (key !== "filters" || experiments.some(({ experiment }) => experiment.filters > 0));
  const settings = Object.keys(first).filter(isSetting);
  const isShared = (key: Setting) =>
    new Set(experiments.map(({ experiment }) => valueOf(key, experiment))).size === 1;
  const differing = settings.filter((key) => !isShared(key));
  return (
    <>
      <Table
        id="shared"
        caption="What all experiments share, and why each value is what it is."
        columns={["hyperparameter", "value", "reason"]}
        rows={[
          ...settings.filter(isShared).map((key) => [
            settingName(key),
            valueOf(key, first),
            reason(key, first, preset),
          ]),
          ...FIXED,
        ]}
      />
      {differing.length > 0 && (
        <Table
          id="differing"
          caption="What differs between the experiments, and why."
          columns={["experiment", ...differing.map(settingName)]}
          rows={[
            ...experiments.map(({ name, experiment }) => [
              <code>{name}</code>,
              ...differing.map((key) => valueOf(key, experiment)),
            ]),
            ["reason", ...differing.map((key) => REASONS[key])],
          ]}
        />
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

/** A setting's value for readers. */
function valueOf(key: Setting, experiment: Pick<Experiment, Setting>): string {
  if (key === "placement") return PLACEMENT_WORDS[experiment.placement];
  if (key === "scaling") return SCALING_WORDS[experiment.scaling];
  if (key === "filters" && experiment.filters === 0) return "–";
  return formatValue(experiment[key]);
}

/** A default's reason; for another value, what the default would be. */
function reason(key: Setting, experiment: Experiment, preset?: Preset): string {
  const usual = valueOf(key, { ...experiment, ...DEFAULTS });
  if (usual === valueOf(key, experiment)) return REASONS[key];
  const purpose = preset ? `preset ${preset.name} (${preset.description})` : "these experiments";
  return `Chosen for ${purpose}; the default is ${usual}.`;
}
