/**
 * What stands on top of README and page: accuracies after one epoch, five, and many; the differences
 * between them; and three sentences.
 *
 * @module
 */
import { count } from "../../experiments/format.ts";
import { markdownTable, numeric } from "../../experiments/markdown.ts";
import { mean } from "../../experiments/mean.ts";
import type { Experiment } from "../../experiments/experiment.ts";
import { testAccuracyOf, type TrialRecord } from "../../experiments/record.ts";
import { atRate, RATES } from "../../experiments/sweeps/highest_rate.ts";
import { afterFive, inCell } from "../../experiments/sweeps/placement.ts";
import type { Rated } from "../../experiments/sweeps/rates.ts";
import { type Placement, PLACEMENTS } from "../../experiments/sweeps/row.ts";
import { afterLong, afterOne } from "../../experiments/sweeps/speed.ts";
import { quantile } from "../statistics.ts";
import type { Judged } from "../verdict.ts";
import { points } from "../words.ts";
import { compare, judgeBy, MARGIN } from "./claim.ts";
import { highestUsable } from "./highest_rate.ts";
import { otherImages } from "./other_images.ts";
import { hasFailed, Trials } from "./trials.ts";
import { WORDS } from "./words.ts";

type Model = "mlp" | "cnn";

const MODELS: Model[] = ["mlp", "cnn"];
/** One epoch, five, and many, each a schedule of its own. */
const LENGTHS: Record<"speed" | "five" | "long", (model: Rated) => Experiment> = {
  speed: afterOne,
  five: afterFive,
  long: afterLong,
};
type Length = keyof typeof LENGTHS;
const NOTES: Record<Length, string> = { speed: " (speed)", five: "", long: " (long)" };
/** Which placement is taken from which. */
const DIFFERENCES = [["pre", "none"], ["post", "none"], ["pre", "post"]] as const;

/** One model after one length of training. */
interface Row {
  model: Model;
  length: Length;
  epochs: number;
  accuracies: Record<Placement, string>;
  differences: Judged[];
  /** Of each difference, with the test images drawn anew; undefined where there is none. */
  elsewhere: ([low: number, high: number] | undefined)[];
}

/** The table, the three sentences under it, as far as there are trials, and two notes, as Markdown. */
export interface Headline {
  table: string;
  /** Speed, quality, before or after. */
  sentences: string[];
  /** The highest usable rates, and what other test images could change. */
  notes: string[];
}

/** What the trials of the assignment's models say, after one epoch, five and many. */
export function headline(records: readonly TrialRecord[]): Headline {
  const trials = new Trials(records);
  const lengths = Object.keys(LENGTHS) as Length[];
  const rows = MODELS.flatMap((model) => lengths.map((length) => rowOf(trials, model, length)));
  const said = (sentences: (string | undefined)[]) =>
    sentences.filter((sentence) => sentence !== undefined);
  return {
    table: tableOf(rows),
    sentences: said([speed(rows), quality(rows), beforeOrAfter(rows, trials)]),
    notes: said([highestRates(trials), onOtherImages(rows)]),
  };
}

function rowOf(trials: Trials, model: Model, length: Length): Row {
  const of = (placement: Placement) => LENGTHS[length](`${model}-${placement}`);
  const accuracies = PLACEMENTS.map((placement) =>
    [placement, accuracyWords([...trials.of(of(placement)).values()])] as const
  );
  return {
    ...{ model, length, epochs: of("none").epochs },
    accuracies: Object.fromEntries(accuracies) as Row["accuracies"],
    differences: DIFFERENCES.map(([first, second]) =>
      judgeBy(trials, compare("", of(first), of(second), { margin: MARGIN.all }))
    ),
    elsewhere: DIFFERENCES.map(([first, second]) => elsewhere(trials, of(first), of(second))),
  };
}

/** The mean, and none beside failed trials. */
function accuracyWords(records: readonly TrialRecord[]): string {
  if (records.length === 0) return "–";
  const failed = records.filter(hasFailed).length;
  return failed > 0
    ? `${failed} of ${records.length} failed`
    : points(mean(records.map(testAccuracyOf)));
}

function elsewhere(trials: Trials, first: Experiment, second: Experiment) {
  const [a, b] = [trials.of(first), trials.of(second)];
  const pairs = [...a.keys()].flatMap((seed) => {
    const [one, other] = [a.get(seed)?.right, b.get(seed)?.right];
    return one && other ? [[one, other] as const] : [];
  });
  return pairs.length > 1 ? otherImages(pairs, first.images.test) : undefined;
}

function tableOf(rows: readonly Row[]): string {
  const head = ["no BN", "before", "after", "before − none", "after − none", "before − after"];
  return markdownTable(
    ["test accuracy (%)", ...numeric(...head)],
    rows.map(({ model, length, epochs, accuracies, differences }) => [
      `${model.toUpperCase()}, ${count(epochs, "epoch")}${NOTES[length]}`,
      ...PLACEMENTS.map((placement) => accuracies[placement]),
      ...differences.map(cell),
    ]),
  );
}

/** Whether there is a difference, in whichever direction. */
function isShown(verdict: Judged["verdict"]): boolean {
  return verdict === "held" || verdict === "contradicted";
}

/** Bold where a difference is shown, ≈ where there is none beyond the margin, plain where it is open. */
function cell({ mean, signs, pairs, verdict }: Judged): string {
  if (pairs.length === 0) return "–";
  if (!mean) return `higher in ${signs.higher} of ${pairs.length}`;
  const size = (mean.mean > 0 ? "+" : "") + points(mean.mean, 1);
  const interval = mean.interval?.map((bound) => points(bound, 1)).join(", ");
  const shown = isShown(verdict) ? `**${size}**` : size;
  return (verdict === "equivalent" ? "≈ " : "") + shown + (interval ? ` [${interval}]` : "");
}

/** `1.2 points ahead of none (1.0 to 1.3; held)`; for the reader a difference against is shown too. */
function phrase({ mean, signs, pairs, verdict }: Judged, second: string): string {
  const word = isShown(verdict) ? "shown" : verdict;
  if (!mean) return `higher than ${second} in ${signs.higher} of ${pairs.length} seeds (${word})`;
  const interval = mean.interval?.map((bound) => points(bound, 1)).join(" to ");
  const bracket = (...parts: string[]) =>
    `(${[...parts, interval, word].filter(Boolean).join("; ")})`;
  if (verdict === "open") {
    return `not shown to differ from ${second} ${bracket(`${points(mean.mean, 1)} points`)}`;
  }
  if (verdict === "equivalent") {
    return `level with ${second} ${bracket(`${points(mean.mean, 1)} points`)}`;
  }
  const size = points(Math.abs(mean.mean), 1);
  return `${size} points ${mean.mean < 0 ? "behind" : "ahead of"} ${second} ${bracket()}`;
}

/** What is said of both models, as far as there are trials of them. */
function ofBoth(rows: readonly Row[], difference: number, second: string): string | undefined {
  const said = rows.filter(({ differences }) => differences[difference].pairs.length > 0)
    .map(({ model, differences }) =>
      `${phrase(differences[difference], second)} for the ${model.toUpperCase()}`
    );
  return said.length > 0 ? said.join(" and ") : undefined;
}

const after = (rows: readonly Row[], length: Length) => rows.filter((row) => row.length === length);

function againstNone(rows: readonly Row[], name: string, lead: string): string | undefined {
  const [before, behind] = [0, 1].map((difference) => ofBoth(rows, difference, "no BN"));
  if (!before || !behind) return undefined;
  return `**${name}.** After ${lead}, BN before the activation is ${before}; BN after it is ${behind}.`;
}

function speed(rows: readonly Row[]): string | undefined {
  return againstNone(after(rows, "speed"), "Speed", "one epoch");
}

function quality(rows: readonly Row[]): string | undefined {
  const long = after(rows, "long")
    .filter(({ differences }) => differences.some(({ pairs }) => pairs.length > 0));
  const lengths = long.map(({ model, epochs }) => `${epochs} epochs of the ${model.toUpperCase()}`);
  return againstNone(long, "Quality after long training", lengths.join(" and "));
}

function beforeOrAfter(rows: readonly Row[], trials: Trials): string | undefined {
  const five = ofBoth(after(rows, "five"), 2, "BN after it");
  if (!five) return undefined;
  const other = judgeBy(
    trials,
    compare("", inCell("mlp-pre", "both"), inCell("mlp-post", "both"), { margin: MARGIN.all }),
  );
  return `**Before or after.** After five epochs, BN before the activation is ${five}.` +
    (other.pairs.length > 0
      ? ` With ε = 1e-5 and standardized input, BN before is ${
        phrase(other, "BN after")
      } for the MLP.`
      : "");
}

function highestRates(trials: Trials): string | undefined {
  const rates = (["none", "post", "pre"] as const).map((placement) => {
    const bySeed = Map.groupBy(
      RATES.flatMap((rate) => [...trials.of(atRate(placement, rate)).values()]),
      ({ seed }) => seed,
    );
    const whole = [...bySeed.values()].filter(({ length }) => length === RATES.length);
    const highest = whole.map(highestUsable).filter((rate) => rate !== null);
    return highest.length > 0
      ? `${placement === "none" ? "no BN" : WORDS[placement]} ${
        (10 ** quantile(highest, 0.5)).toPrecision(2)
      }`
      : undefined;
  });
  if (rates.includes(undefined)) return undefined;
  return `Highest usable learning rate of the MLP, median over seeds: ${rates.join(", ")}.`;
}

function onOtherImages(rows: readonly Row[]): string | undefined {
  const halves = rows.flatMap(({ elsewhere }) => elsewhere)
    .flatMap((interval) => interval ? [(interval[1] - interval[0]) / 2] : []);
  if (halves.length === 0) return undefined;
  return "These intervals say what other seeds would give on the same test images. " +
    `If we allow for other test images too, they widen to at most ±${
      points(Math.max(...halves), 1)
    } points.`;
}
