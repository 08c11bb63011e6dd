/**
 * The models of some records side by side, and what the place of BN makes of each.
 *
 * @module
 */
import { DEFAULTS } from "../experiments/experiment.ts";
import { markdownTable, numeric } from "../experiments/markdown.ts";
import type { TrialRecord } from "../experiments/record.ts";
import type { Placement } from "../experiments/sweeps/row.ts";
import { compare, judgeBy, type JudgedComparison, MARGIN } from "./claims/claim.ts";
import { Trials } from "./claims/trials.ts";
import { besideSentence, comparisonSentence, seedWords, sizeWords, WORDS } from "./claims/words.ts";
import type { ResultSummary } from "./summary.ts";
import { FEWEST_PAIRS } from "./verdict.ts";

/** The trials of one model, by where batch normalization stands. */
export interface ModelTrials {
  /** For example `MLP`. */
  model: string;
  trials: Record<Placement, readonly TrialRecord[]>;
}

/** The models in the order of tables, by the first part of their experiments' names. */
const MODELS = { mlp: "MLP", cnn: "CNN", mlp256: "starter MLP" } as const;
type Model = keyof typeof MODELS;

function knownModel(experiment: string): string | undefined {
  return MODELS[experiment.split("-")[0] as Model];
}

/**
 * The models of a summary: experiments that differ in nothing but the place of batch normalization
 * are one model, those that cannot be compared are several.
 */
export function modelsIn({ experiments }: ResultSummary): ModelTrials[] {
  const groups = [...Map.groupBy(experiments, ({ model }) => model)].map(([model, alike]) => {
    const at = (placement: Placement) =>
      alike.find(({ experiment }) => experiment.placement === placement)?.records ?? [];
    const known = new Set(alike.map(({ name }) => knownModel(name)));
    return {
      model,
      short: known.size === 1 ? [...known][0] : undefined,
      trials: { none: at("none"), pre: at("pre"), post: at("post") },
    };
  });
  return groups.map(({ model, short, trials }) => ({
    model: short && groups.filter((group) => group.short === short).length === 1 ? short : model,
    trials,
  }));
}

/** Which placement is taken from which. */
const PAIRS = [["pre", "post"], ["pre", "none"], ["post", "none"]] as const;

/**
 * Before minus after the activation, and each of them minus no batch normalization, by test accuracy,
 * for every model that has trials of both sides.
 */
export function comparePlacements(models: readonly ModelTrials[]): JudgedComparison[] {
  return models.flatMap(({ model, trials }) =>
    PAIRS.flatMap(([first, second]) => {
      const [one, other] = [trials[first], trials[second]];
      if (one.length === 0 || other.length === 0) return [];
      const [{ experiment }] = one;
      const all = experiment.images.train === DEFAULTS.images.train;
      const comparison = compare(
        `${model}, ${WORDS[first]} − ${WORDS[second]}`,
        experiment,
        other[0].experiment,
        { margin: all ? MARGIN.all : MARGIN.tenThousand },
      );
      return [judgeBy(new Trials([...one, ...other]), comparison)];
    })
  );
}

/** The same as a table. */
export function placementTable(comparisons: readonly JudgedComparison[]): string {
  return markdownTable(
    ["difference", ...numeric("size (interval)", "higher in"), "verdict"],
    comparisons.map((one) => [
      one.subject,
      sizeWords(one),
      `${seedWords(one)} seeds`,
      one.verdict === "open" && one.pairs.length < FEWEST_PAIRS
        ? `open: fewer than ${FEWEST_PAIRS} pairs`
        : one.verdict,
    ]),
  );
}

/** Before against after in sentences; of few pairs the size alone. */
export function placementSentences(comparisons: readonly JudgedComparison[]): string {
  return comparisons.filter(({ subject }) => subject.endsWith(`${WORDS.pre} − ${WORDS.post}`))
    .map((one) =>
      `- ${one.pairs.length < FEWEST_PAIRS ? besideSentence(one) : comparisonSentence(one)}`
    )
    .join("\n");
}
