/**
 * What the models side by side say, in words and tables: placements, learning rates, time, longer
 * training, and the literature beside it.
 *
 * Pure functions from records to Markdown; a part of `findings.ts`, which exports them.
 *
 * @module
 */
import type { Claim, ClaimVerdict, Finding } from "./claims/claim.ts";
import { CLAIMS } from "./claims/mod.ts";
import { generalization } from "./claims/regularization.ts";
import { mean } from "../experiments/mean.ts";
import { markdownTable } from "../experiments/markdown.ts";
import {
  bestRate,
  RATE_GRID,
  RATED_MODELS,
  type RatedModel,
  rateScores,
} from "../experiments/rates.ts";
import type { TrialRecord } from "../experiments/record.ts";
import type { ModelTrials, PlacementPair } from "./side_by_side.ts";
import {
  differenceSentence,
  intervalName,
  meanAndDeviation,
  median,
  points,
  summarize,
  type Verdict,
} from "./statistics.ts";
import { type ExperimentSummary, summarizeExperiments } from "./summary.ts";

/** Each placement as a side of a comparison. */
const SIDE = {
  none: "no BN",
  pre: "BN before the activation",
  post: "BN after the activation",
} as const;

/** "pre − post" as the tables name it. */
function pairName({ first, second }: PlacementPair): string {
  return `${first} − ${second}`;
}

/** Which difference this is, in words: for figures. */
export function pairLabel({ model, first, second }: PlacementPair): string {
  return `${model}: ${SIDE[first]} minus ${SIDE[second]}`;
}

/** Every comparison in points: mean ± deviation between seeds, interval, verdict. */
export function pairTable(pairs: readonly PlacementPair[]): string {
  const name = pairs.length > 0 ? intervalName(pairs[0].difference) : "interval";
  const table = markdownTable(
    [
      { title: "comparison" },
      { title: "n", numeric: true },
      { title: "difference", numeric: true },
      { title: "interval", numeric: true },
      { title: "verdict" },
    ],
    pairs.map((pair) => {
      const { summary, verdict } = pair.difference;
      return [
        `${pair.model} ${pairName(pair)}`,
        String(summary?.n ?? 0),
        summary ? meanAndDeviation(summary) : "–",
        summary?.interval ? summary.interval.map((bound) => points(bound)).join(" to ") : "–",
        `**${verdict}**`,
      ];
    }),
  );
  return `${table}\n\nDifferences in points, mean ± deviation of n pairs of one seed; the interval is ` +
    `the ${name}.`;
}

/** Every comparison in a sentence of its own. */
export function pairSentences(pairs: readonly PlacementPair[]): string {
  return pairs.map(({ model, first, second, difference }) =>
    "- " + differenceSentence(
      { subject: model, first: SIDE[first], second: SIDE[second] },
      difference,
    )
  ).join("\n");
}

/** The answer to "before or after, and does it help at all", as far as the comparisons carry it. */
export function placementAnswer(pairs: readonly PlacementPair[]): string {
  if (pairs.length === 0) return "There are no trials to compare.";
  const gain = pairs.filter(({ second }) => second === "none");
  return [placementParagraph(pairs), gainParagraph(gain), sizeParagraph(pairs)]
    .filter((text) => text !== "").join("\n\n");
}

/** Where each model scores higher, as far as its comparison carries it; empty without comparisons. */
export function placementParagraph(all: readonly PlacementPair[]): string {
  const pairs = all.filter(({ second }) => second !== "none");
  if (pairs.length === 0) return "";
  const said = [
    where(pairs, "better", "before the activation scores higher"),
    where(pairs, "worse", "after the activation scores higher"),
    where(pairs, "no difference shown", "no difference is shown"),
    where(pairs, "too few trials", "there are too few trials to judge"),
  ].filter((text) => text !== "");
  const [better, worse] = [with_(pairs, "better"), with_(pairs, "worse")];
  const sense = better.length > 0 && worse.length > 0
    ? "The sign depends on the model, so “before” or “after” is no rule that these trials support."
    : pairs.length > 1 && (better.length === pairs.length || worse.length === pairs.length)
    ? "All models agree on the sign; that is evidence for these models at these settings, not for " +
      "others."
    : better.length + worse.length === pairs.length
    ? "That is evidence for this model at these settings, not for others."
    : better.length + worse.length > 0
    ? "Where the interval contains 0 the trials leave the order open, which is not the same as " +
      "showing that it does not matter."
    : "Nothing here lets us prefer either place. That does not show that the two are equal" +
      (pairs.some(({ difference }) => difference.summary?.interval)
        ? ": the intervals say how large a difference could have hidden in the noise."
        : ".");
  return `**Before or after.** ${capital(said.join("; "))}. ${sense}`;
}

function gainParagraph(pairs: readonly PlacementPair[]): string {
  if (pairs.length === 0) {
    return "**With or without.** These records hold no trials of the same model with and without " +
      "BN, so they cannot say what BN gains.";
  }
  const name = (pair: PlacementPair) => `${pair.model} ${pairName(pair)}`;
  const list = (verdict: Verdict) => with_(pairs, verdict).map(name).join(", ");
  const said = [
    ["better", "BN scores higher than no BN in"],
    ["worse", "BN scores lower than no BN in"],
    ["no difference shown", "no difference is shown in"],
    ["too few trials", "there are too few trials to judge"],
  ].flatMap(([verdict, words]) => {
    const names = list(verdict as Verdict);
    return names ? [`${words} ${names}`] : [];
  });
  return `**With or without.** Of ${pairs.length} comparisons with the same model without BN: ` +
    `${said.join("; ")}.`;
}

/** The largest difference that is shown, beside the deviation between seeds. */
function sizeParagraph(pairs: readonly PlacementPair[]): string {
  const shown = pairs.filter(({ difference: { verdict } }) =>
    verdict === "better" || verdict === "worse"
  );
  if (shown.length === 0) {
    return "**How large.** None of the differences stands clear of the noise between seeds.";
  }
  const size = ({ difference }: PlacementPair) => Math.abs(difference.summary!.mean);
  const largest = shown.reduce((a, b) => size(b) > size(a) ? b : a);
  const { mean, deviation } = largest.difference.summary!;
  return `**How large.** The largest difference shown is ${largest.model} ${pairName(largest)}: ` +
    `${points(mean)} points, beside a deviation of ${points(deviation!)} points between seeds.`;
}

function with_(pairs: readonly PlacementPair[], verdict: Verdict): PlacementPair[] {
  return pairs.filter(({ difference }) => difference.verdict === verdict);
}

function where(pairs: readonly PlacementPair[], verdict: Verdict, words: string): string {
  const models = with_(pairs, verdict).map(({ model }) => model);
  return models.length > 0 ? `for the ${models.join(" and the ")}, ${words}` : "";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** How trials that belong together were run: how many, on how many images, how long, with which seeds. */
export function protocolText(records: readonly TrialRecord[]): string {
  const all = <T>(value: (record: TrialRecord) => T) => [...new Set(records.map(value))];
  const numbers = (value: (record: TrialRecord) => number) =>
    all(value).sort((a, b) => a - b).map((n) => n.toLocaleString("en-US")).join(", ");
  return `${records.length.toLocaleString("en-US")} trials of ` +
    `${all(({ experiment }) => experiment.name).length} experiments; training images: ` +
    `${numbers(({ experiment }) => experiment.images.train)}; epochs: ` +
    `${numbers(({ experiment }) => experiment.epochs)}; seeds: ${numbers(({ seed }) => seed)}.`;
}

/** A rate counts as usable if it stays within a point of the model's best one. */
const USABLE = 0.01;

/** What the grid of learning rates says: best rates, how wide the choice is, where the grid ends. */
export function rateAnswer(records: readonly TrialRecord[]): string {
  const rated = RATED_MODELS.flatMap((model) => {
    const best = bestRate(model, records);
    return best === undefined ? [] : [{ model, best, usable: usableRates(model, records) }];
  });
  if (rated.length === 0) return "There are no trials of the grid of learning rates.";
  const lines = rated.map(({ model, best, usable }) =>
    `- ${model}: best at ${best}; within one point of that at ${usable.join(", ")}` +
    rivalWords(model, best, records)
  );
  const edge = rated.filter(({ best }) => best === RATE_GRID.at(-1)).map(({ model }) => model);
  const bests = new Set(rated.map(({ best }) => best));
  return [
    lines.join("\n"),
    bests.size === 1
      ? "All models choose the same rate of the grid, so a comparison at that rate is fair to all."
      : "The models do not choose the same rate, so a comparison at one shared rate favours those " +
        "that it happens to suit.",
    widthSentences(rated),
    edge.length > 0
      ? `The best rate of ${
        edge.join(" and ")
      } is the highest of the grid: a still higher one may ` +
        "be better, and the grid cannot say."
      : "No model chooses the highest rate of the grid, so it is wide enough at its upper end.",
    "A grid of few seeds describes; it has no intervals and proves nothing about the rates.",
  ].filter((text) => text !== "").join("\n\n");
}

/** Two rates closer than this, in the mean, are a choice by chance: a tenth of a point. */
const TIE = 0.001;

/** Which other rate might as well have been chosen. */
function rivalWords(model: RatedModel, best: number, records: readonly TrialRecord[]): string {
  const scores = rateScores(model, records);
  const highest = scores.find(({ learningRate }) => learningRate === best)!.mean;
  const rivals = scores.filter(({ learningRate, mean }) =>
    learningRate !== best && mean > highest - TIE
  );
  return rivals.length === 0
    ? ""
    : `; ${rivals.map(({ learningRate }) => learningRate).join(" and ")} as good up to ` +
      `${points(TIE, 1)} points, so that chance has chosen`;
}

function usableRates(model: RatedModel, records: readonly TrialRecord[]): number[] {
  const scores = rateScores(model, records);
  const highest = Math.max(...scores.map(({ mean }) => mean));
  return scores.filter(({ mean }) => mean >= highest - USABLE)
    .map(({ learningRate }) => learningRate);
}

function widthSentences(rated: readonly { model: RatedModel; usable: number[] }[]): string {
  const top = (model: string) =>
    Math.max(...(rated.find((one) => one.model === model)?.usable ?? [NaN]));
  return ["mlp", "cnn"].flatMap((model) => {
    const [none, pre, post] = ["none", "pre", "post"].map((placement) =>
      top(`${model}-${placement}`)
    );
    if (![none, pre, post].every(Number.isFinite)) return [];
    const name = model.toUpperCase();
    const highest =
      `up to ${none} without BN, ${pre} with BN before the activation, ${post} with ` +
      "BN after it";
    const sense = pre > none && post > none
      ? "both places of BN bear a higher rate"
      : pre > none || post > none
      ? `only BN ${pre > none ? "before" : "after"} the activation bears a higher rate`
      : "BN bears no higher rate on this grid";
    return [`${name}, rates within one point of the best: ${highest}; by these means ${sense}.`];
  }).join(" ");
}

/** Whether the verdicts change when every model has its own best rate instead of the shared one. */
export function tunedAnswer(
  shared: readonly PlacementPair[],
  own: readonly PlacementPair[],
): string {
  if (own.length === 0) return "There are no trials at the own rates to compare.";
  const both = own.flatMap((pair) => {
    const before = shared.find(({ model, first, second }) =>
      model === pair.model && first === pair.first && second === pair.second
    );
    return before ? [{ pair, before }] : [];
  });
  if (both.length === 0) return "There are no trials at the shared rate to compare with.";
  const lines = both.map(({ pair, before }) => {
    const [was, is] = [before, pair].map(({ difference: { summary, verdict } }) =>
      `${summary ? points(summary.mean) : "–"} points (${verdict})`
    );
    return `- ${pair.model} ${pairName(pair)}: ${was} at the shared rate, ${is} at own rates`;
  });
  const changed = both.filter(({ pair, before }) =>
    pair.difference.verdict !== before.difference.verdict
  );
  const reversed = changed.filter(({ pair, before }) =>
    [pair, before].every(({ difference: { verdict } }) => /better|worse/.test(verdict))
  );
  const sense = changed.length === 0
    ? "No verdict depends on which of the two learning rates is used."
    : reversed.length > 0
    ? `The learning rate reverses ${reversed.length} of ${both.length} verdicts: what the shared ` +
      "rate seemed to say of the placement, it said of the rate."
    : `The learning rate changes ${changed.length} of ${both.length} verdicts (` +
      `${changed.map(({ pair }) => `${pair.model} ${pairName(pair)}`).join(", ")}), none of them ` +
      "into its opposite.";
  const lost = changed.some(({ pair }) => pair.difference.verdict === "no difference shown");
  return `${lines.join("\n")}\n\n${sense}` +
    (lost ? " A difference that is no longer shown need not be gone." : "");
}

/**
 * Training time (median of the trials) and accuracy of each model, and when it reaches what no BN
 * reaches in the end. Seconds are set beside those without BN only where the same environment recorded
 * both.
 */
export function timeTable(models: readonly ModelTrials[]): string {
  return markdownTable(
    [
      { title: "model" },
      { title: "place" },
      { title: "seconds of training", numeric: true },
      { title: "÷ no BN", numeric: true },
      { title: "epochs to no BN's end", numeric: true },
      { title: "seconds to it", numeric: true },
    ],
    courses(models).map(({ model, placement, seconds, ratio, epoch, reached }) => [
      model,
      placement,
      seconds.toFixed(seconds < 10 ? 1 : 0),
      ratio === null ? "–" : ratio.toFixed(2),
      epoch === null ? "–" : String(epoch),
      reached === null ? "–" : reached.toFixed(0),
    ]),
  );
}

/** What BN costs in time and gives back in epochs. */
export function timeAnswer(models: readonly ModelTrials[]): string {
  const withBN = courses(models).filter(({ placement }) => placement !== "none");
  const rows = withBN.filter(({ ratio }) => ratio !== null);
  if (rows.length === 0) {
    return withBN.some(({ noneSeconds }) => noneSeconds !== null)
      ? "The models with and without BN were not run in the same environment (machine, software, " +
        "trials side by side), so their times do not compare."
      : "These records hold no model without BN, so there is no time to compare with.";
  }
  const lines = rows.map(({ model, placement, ratio, epoch, reached, noneSeconds }) => {
    const cost = `${model} ${placement}: training takes ${ratio!.toFixed(2)} times as long as ` +
      "without BN";
    if (epoch === null) {
      return `- ${cost}, and what it reaches without BN at the end it does not reach.`;
    }
    const sooner = reached! < noneSeconds! ? "sooner" : "no sooner";
    return `- ${cost}; what the model without BN reaches at its end it reaches after ${epoch} ` +
      `${epoch === 1 ? "epoch" : "epochs"}, by the clock ${sooner}.`;
  });
  const gains =
    rows.filter(({ reached, noneSeconds }) => reached !== null && reached < noneSeconds!).length;
  const sense = gains === rows.length
    ? "The epochs that BN saves are worth more here than the time that it costs per epoch, in " +
      "every model."
    : gains === 0
    ? "The epochs that BN saves do not pay for the time that it costs per epoch."
    : `In ${gains} of ${rows.length} models the epochs saved pay for the time that BN costs.`;
  const rates = new Set(
    models.flatMap(({ trials }) => Object.values(trials).flat())
      .map(({ experiment }) => experiment.learningRate),
  );
  return `${
    lines.join("\n")
  }\n\n${sense} These are medians without intervals, at a learning rate ` +
    `of ${
      [...rates].join(" and ")
    }: at another one the epochs may be others. Times depend on the ` +
    "machine and on what ran beside the trials, other work of the machine included. They compare only within one run, and even there a " +
    "small difference may come from what ran beside; epochs hold for any machine.";
}

function courses(models: readonly ModelTrials[]) {
  return models.flatMap(({ model, trials }) => {
    const none = trials.none.length > 0 ? course(trials.none) : null;
    const goal = none?.accuracies.at(-1);
    return (["none", "pre", "post"] as const).filter((placement) => trials[placement].length > 0)
      .map((placement) => {
        const own = course(trials[placement]);
        const comparable = none !== null && none.environment === own.environment;
        const at = goal === undefined ? -1 : own.accuracies.findIndex((value) => value >= goal);
        return {
          model,
          placement,
          seconds: own.seconds.at(-1)!,
          noneSeconds: none?.seconds.at(-1) ?? null,
          ratio: comparable ? own.seconds.at(-1)! / none.seconds.at(-1)! : null,
          epoch: at < 0 ? null : at + 1,
          reached: at < 0 ? null : own.seconds[at],
        };
      });
  });
}

/** Mean validation accuracy and median seconds of training until the end of each epoch. */
function course(records: readonly TrialRecord[]) {
  const length = Math.min(...records.map(({ epochs }) => epochs.length));
  const each = (
    middle: (values: number[]) => number,
    value: (record: TrialRecord, epoch: number) => number,
  ) => Array.from({ length }, (_, epoch) => middle(records.map((record) => value(record, epoch))));
  const environments = new Set(records.map(({ environment }) => JSON.stringify(environment)));
  return {
    /** What the times depend on, as far as records tell. */
    environment: [...environments].sort().join(),
    accuracies: each(
      (values) => summarize(values).mean,
      ({ epochs }, i) => epochs[i].validation.accuracy,
    ),
    seconds: each(
      median,
      ({ epochs }, i) => epochs.slice(0, i + 1).reduce((sum, e) => sum + e.seconds, 0),
    ),
  };
}

/** The same models after few and after many epochs: test accuracy, and training minus test. */
export function longTable(
  short: readonly TrialRecord[],
  long: readonly TrialRecord[],
): string {
  return markdownTable(
    [
      { title: "model" },
      { title: "epochs", numeric: true },
      { title: "trials", numeric: true },
      { title: "test accuracy", numeric: true },
      { title: "training − test", numeric: true },
    ],
    longRows(short, long).flatMap(({ before, after }) => [before, after]).map((summary) => [
      summary.name,
      String(summary.experiment.epochs),
      String(summary.records.length),
      meanAndDeviation(summary.test.dataset ?? summary.test.moving),
      points(gapOf(summary)),
    ]),
  );
}

/** What more epochs give, without a verdict where there is a single trial. */
export function longAnswer(
  short: readonly TrialRecord[],
  long: readonly TrialRecord[],
): string {
  const rows = longRows(short, long);
  if (rows.length === 0) return "There are no longer runs to compare with.";
  const lines = rows.map(({ before, after }) => {
    const gain = accuracyOf(after) - accuracyOf(before);
    const gaps = gapOf(after) > gapOf(before) ? "widens" : "narrows";
    return `- ${before.name}: ${after.experiment.epochs} epochs instead of ` +
      `${before.experiment.epochs} change the test accuracy by ${points(gain)} points; training ` +
      `minus test accuracy ${gaps} from ${points(gapOf(before))} to ${
        points(gapOf(after))
      } points.`;
  });
  const single = rows.some(({ after }) => after.records.length < 3);
  const wider = rows.filter(({ before, after }) => gapOf(after) > gapOf(before)).length;
  return [
    lines.join("\n"),
    wider === rows.length
      ? "In every model the longer run gains more on the training images than on the test images."
      : wider === 0
      ? "In no model does the longer run widen the gap between training and test accuracy."
      : `The gap between training and test accuracy widens in ${wider} of ${rows.length} models.`,
    single
      ? "One long trial has no deviation and no interval, so this is a description of these runs, " +
        "not a verdict about the models."
      : "",
  ].filter((text) => text !== "").join("\n\n");
}

function longRows(short: readonly TrialRecord[], long: readonly TrialRecord[]) {
  const [before, after] = [short, long].map((records) => {
    const names = Map.groupBy(records, ({ experiment }) => experiment.name);
    return [...names.values()].map((group) => summarizeExperiments(group).experiments[0]);
  });
  return after.flatMap((longer) => {
    const same = before.find(({ name }) => name === longer.name);
    return same ? [{ before: same, after: longer }] : [];
  });
}

function accuracyOf({ test }: ExperimentSummary): number {
  return (test.dataset ?? test.moving).mean;
}

/** Training minus test accuracy, of the same weights with the same statistics. */
function gapOf({ records }: ExperimentSummary): number {
  return -mean(records.map(generalization));
}

/** How many claims held, how many did not, and which are left open. */
export function claimsAnswer(findings: readonly Finding[]): string {
  const names = (verdict: ClaimVerdict) =>
    findings.filter((finding) => finding.verdict === verdict).map(({ claim }) => claim.name);
  const line = (verdict: ClaimVerdict) => {
    const found = names(verdict);
    return `- **${verdict}**: ${found.length > 0 ? found.join(", ") : "none"}`;
  };
  const open = names("not decidable here").length;
  return [
    `Of ${findings.length} claims:`,
    (["held", "not held", "not decidable here"] as const).map(line).join("\n"),
    open > 0
      ? "A claim left open is not a claim refuted: at least one of its comparisons has an interval " +
        "that contains 0 or too few trials, and none came out against it. More seeds would narrow it."
      : "Every claim has a verdict by the rule.",
  ].join("\n\n");
}

/** A claim by its name. */
export function claimOf(name: string): Claim {
  const claim = CLAIMS.find((claim) => claim.name === name);
  if (!claim) throw new Error(`There is no claim "${name}".`);
  return claim;
}

/** What a publication says, and the claim that asks the same of our trials. */
interface Reading {
  source: string;
  says: string;
  claim: string;
  /** What our trials say of it if the claim held, and if it did not. */
  held: string;
  notHeld: string;
}

const [AGREES, DISAGREES] = ["agrees", "disagrees"];

const READINGS: readonly Reading[] = [
  {
    source: "Ioffe & Szegedy 2015",
    says: "BN reduces internal covariate shift",
    claim: "drift",
    held: AGREES,
    notHeld: DISAGREES,
  },
  {
    source: "Santurkar et al. 2018",
    says: "internal covariate shift is not reduced; BN makes loss and gradients smoother",
    claim: "drift",
    held: "disagrees about the shift",
    notHeld: "agrees about the shift; smoothness was not measured",
  },
  {
    source: "Bjorck et al. 2018",
    says: "BN primarily enables larger learning rates",
    claim: "learning-rate",
    held: AGREES,
    notHeld: DISAGREES,
  },
  {
    source: "Ioffe & Szegedy 2015",
    says: "saturating nonlinearities can be trained",
    claim: "saturating-activation",
    held: AGREES,
    notHeld: DISAGREES,
  },
  {
    source: "Kim et al. 2023",
    says: "after a bounded activation is better than before it",
    claim: "bounded-activation",
    held: "agrees, for sigmoid",
    notHeld: "disagrees, for sigmoid",
  },
  {
    source: "Luo et al. 2019",
    says: "BN acts as population normalization with a decay of γ, a regularizer",
    claim: "regularization",
    held: "agrees, by the gap between training and test",
    notHeld: "disagrees, by the gap between training and test",
  },
  {
    source: "Masters & Luschi 2018",
    says: "batches of 2 to 32 are best, against the text's 50 ∼ 100",
    claim: "batch-size",
    held: "prefer 64 to 8 and 256; 32 was not compared",
    notHeld: "do not prefer 64 to 8 and 256; 32 was not compared",
  },
  {
    source: "Wu & Johnson 2021",
    says: "the moving average is unreliable early in training; fresh statistics are not",
    claim: "moving-average-lag",
    held: AGREES,
    notHeld: DISAGREES,
  },
];

/** The literature beside our trials; whether they agree follows from the claims' verdicts. */
export function literatureTable(findings: readonly Finding[]): string {
  return markdownTable(
    [{ title: "source" }, { title: "says" }, { title: "asked here" }, { title: "these trials" }],
    READINGS.map(({ source, says, claim, held, notHeld }) => {
      const verdict = findings.find((finding) => finding.claim.name === claim)?.verdict;
      const words = verdict === "held" ? held : verdict === "not held" ? notHeld : "leave it open";
      return [source, says, claim, `**${words}**`];
    }),
  );
}

/** Where our trials stand beside reports of placement, which disagree among themselves. */
export function literatureAnswer(pairs: readonly PlacementPair[]): string {
  const pair = (name: string) =>
    pairs.find(({ model, second }) => model === name && second === "post");
  const said = ["MLP", "CNN"].flatMap((model) => {
    const found = pair(model);
    if (!found) return [];
    const words: Record<Verdict, string> = {
      better: "BN before the activation scores higher",
      worse: "BN after the activation scores higher",
      "no difference shown": "no difference is shown",
      "too few trials": "there are too few trials",
    };
    return [`for the ${model}, ${words[found.difference.verdict]}`];
  });
  const verdicts = ["MLP", "CNN"].map((model) => pair(model)?.difference.verdict);
  const sides = (verdict: Verdict) => verdicts.includes(verdict);
  const sense = sides("better") && sides("worse")
    ? "Like those two networks, ours disagree with one another."
    : sides("better")
    ? "That sides with Ioffe & Szegedy's order as far as it goes, and against that CaffeNet."
    : sides("worse")
    ? "That sides with that CaffeNet as far as it goes, and against the order of the original paper."
    : "That is in line with Kim et al., who report almost no change from the order with ReLU; an " +
      "interval that contains 0 is no proof of it.";
  return "Reports of the order disagree. Ioffe & Szegedy (2015) place BN before the nonlinearity; on " +
    "ImageNet, the benchmark of ducha-aiki has one CaffeNet that is better with BN after ReLU (.499 " +
    "against .474 before) and one GoogLeNet that is better before (.603 against .596), one run each; " +
    `Kim et al. (2023) find almost no change with ReLU. Here, at own rates, ${
      said.join(", and ") || "there are no trials"
    }. ` + (said.length > 0 ? sense : "");
}
