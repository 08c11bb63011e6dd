/**
 * Which targets the records reach and which they miss, and by how much, in words and tables.
 *
 * @module
 */
import { DEFAULTS, type Experiment } from "../experiments/experiment.ts";
import { markdownTable } from "../experiments/markdown.ts";
import { BEST_RATES } from "../experiments/rates.ts";
import { modelName } from "./side_by_side.ts";
import { meanAndDeviation, points } from "./statistics.ts";
import { PLACEMENT_WORDS } from "./summary.ts";
import type { Target, TargetResult } from "./targets.ts";

/** One row for each target and each experiment that it is for: what came out, and the verdict. */
export function targetTable(results: readonly TargetResult[]): string {
  return markdownTable(
    [
      { title: "target" },
      { title: "model" },
      { title: "learning rate" },
      { title: "trials", numeric: true },
      { title: "mean", numeric: true },
      { title: "verdict" },
    ],
    results.map((result) => [
      (result.target.kind === "aim" ? "aim: " : "") + targetWords(result.target),
      modelWords(result.experiment),
      rateWords(result.experiment),
      String(result.summary?.n ?? 0),
      result.summary ? meanAndDeviation(result.summary) : "–",
      `**${targetVerdict(result)}**`,
    ]),
  );
}

/** How many targets are reached, and each that falls short or is open by name. */
export function targetAnswer(results: readonly TargetResult[]): string {
  const paragraphs = [
    paragraph(results, "must", "Required"),
    paragraph(results, "aim", "Aims of longer training"),
  ].filter((text) => text !== "");
  if (paragraphs.length === 0) return "There are no targets.";
  const single = results.some(({ summary, shortfall }) => summary?.n === 1 && shortfall !== null);
  const basis =
    "The mean decides, whatever its interval. Accuracies are those of prediction with " +
    "exact statistics." +
    (single ? " Where one trial decides, another seed may decide otherwise." : "");
  return [...paragraphs, basis].join("\n\n");
}

function paragraph(results: readonly TargetResult[], kind: Target["kind"], title: string): string {
  const own = results.filter(({ target }) => target.kind === kind);
  if (own.length === 0) return "";
  const reached = own.filter(({ shortfall }) => shortfall === 0).length;
  const said = `**${title}: ${reached} of ${own.length} reached.**`;
  const rest = own.filter(({ shortfall }) => shortfall !== 0).map((result) => {
    const what = targetWords(result.target);
    const who = `${modelWords(result.experiment)}, rate ${rateWords(result.experiment)}`;
    return `- ${who}: ${what} is ${targetVerdict(result)}`;
  });
  return rest.length === 0 ? said : `${said} The others:\n\n${rest.join("\n")}`;
}

/** `reached`, `missed by 0.21 points`, or how many trials there are of how many. */
export function targetVerdict({ target, summary, shortfall }: TargetResult): string {
  if (shortfall === null) return `open: ${summary?.n ?? 0} of ${target.trials} trials`;
  if (shortfall === 0) return "reached";
  const short = points(shortfall);
  return `missed by ${Number(short) === 0 ? points(shortfall, 4) : short} points`;
}

function targetWords({ quantity, epochs, bound }: Target): string {
  const words = quantity === "accuracy"
    ? `test accuracy ≥ ${points(bound, 1)} %`
    : `|exact − moving| ≤ ${points(bound, 1)} points`;
  return `${words} after ${epochs} epochs`;
}

function modelWords(experiment: Experiment): string {
  return `${modelName(experiment)}, ${PLACEMENT_WORDS[experiment.placement]}`;
}

/** The rate, and whether it is the one that all share or the model's own best one of the grid. */
function rateWords({ name, learningRate }: Experiment): string {
  const best = Object.entries(BEST_RATES).find(([model]) => name.replace(/-tuned$/, "") === model);
  const kinds = [
    ...(learningRate === DEFAULTS.learningRate ? ["shared"] : []),
    ...(learningRate === best?.[1] ? ["own"] : []),
  ];
  return `${learningRate} (${kinds.join(" and ")})`;
}
