/**
 * What learning curves share: every trial thin, the mean of a group thick.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import { count } from "../experiments/format.ts";
import { type TrialRecord, validationCurveOf } from "../experiments/record.ts";
import { hasFailed } from "../findings/claims/trials.ts";
import { mean } from "../experiments/mean.ts";
import { median } from "../findings/statistics.ts";
import { points } from "../findings/words.ts";
import type { AccuracyAxis } from "./accuracy_axis.ts";
import type { Axes } from "./axes.ts";
import { byEpoch } from "./by_epoch.ts";
import type { LabeledRecords, Style } from "./styles.ts";
import { round } from "./theme.ts";

/** More epochs than this are drawn without a symbol at each. */
const MANY_EPOCHS = 15;

/** A group of trials in a panel. */
export interface Curve {
  axes: Axes;
  /** In hover texts. */
  label: string;
  /** In the legend. */
  name: string;
  style: Style;
  records: readonly TrialRecord[];
  inLegend: boolean;
}

/** Every trial of a group, as one line with gaps: the more lines, the longer they take to draw. */
export function trialCurves(
  { axes, label, style, records, name }: Curve,
  scale: AccuracyAxis,
): Data {
  const single = records.some(({ epochs }) => epochs.length === 1);
  return {
    ...axes,
    type: "scatter",
    mode: single ? "lines+markers" : "lines",
    x: inOneLine(records.map(epochsOf)),
    ...scale.place(inOneLine(records.map(validationCurveOf))),
    text: inOneLine(
      records.map(({ epochs, seed }) => epochs.map(() => `seed ${seed}`)),
    ) as string[],
    line: { color: style.color, width: 1 },
    marker: { color: style.color, symbol: "line-ew-open", size: 9 },
    opacity: 0.45,
    showlegend: false,
    legendgroup: name,
    hovertemplate: `${escapeHtml(label)}, %{text}: ${scale.hover}<extra></extra>`,
  };
}

/** Several lines' values as one line's, with gaps between. */
export function inOneLine<T>(lines: readonly (readonly T[])[]): (T | null)[] {
  return lines.flatMap((line): (T | null)[] => [null, ...line]).slice(1);
}

/** The mean over a group's trials: at each epoch, over those that have it; none where some failed. */
export function meanCurve(
  { axes, label, style, records, inLegend, name }: Curve,
  scale: AccuracyAxis,
): Data {
  return {
    ...axes,
    type: "scatter",
    mode: modeOf(records),
    x: atEpochs(records),
    ...scale.place(meanByEpoch(records, validationCurveOf)),
    line: { color: style.color, width: 3, dash: style.dash },
    marker: { color: style.color, symbol: style.symbol, size: 8 },
    name: escapeHtml(name),
    legendgroup: name,
    showlegend: inLegend,
    hovertemplate: `${escapeHtml(label)}, validation, mean: ${scale.hover}<extra></extra>`,
  };
}

/** The epochs of a mean curve: numbers, or nothing where trials failed, whose mean would say nothing. */
export function atEpochs(records: readonly TrialRecord[]): (number | null)[] {
  if (records.some(hasFailed)) return [null]; // a trace of no values has no entry in the legend
  return byEpoch(records.map(epochsOf), median).map((value) => round(value!));
}

/** The mean over trials at each epoch, to go with {@linkcode atEpochs}. */
export function meanByEpoch(
  records: readonly TrialRecord[],
  curveOf: (record: TrialRecord) => number[],
): (number | null)[] {
  return records.some(hasFailed) ? [null] : byEpoch(records.map(curveOf));
}

/** A group's mean at an epoch, or how many failed. */
export function meanWords(records: readonly TrialRecord[], epoch: number): string {
  const failed = records.filter(hasFailed).length;
  if (failed > 0) return `${failed} of ${records.length} failed`;
  return `${points(mean(records.map((record) => validationCurveOf(record).at(epoch) ?? NaN)))} %`;
}

/** The numbers of a trial's epochs. */
export function epochsOf({ epochs }: TrialRecord): number[] {
  return epochs.map(({ epoch }) => epoch);
}

/** The last epoch of any trial. */
export function lastEpoch(records: readonly TrialRecord[]): number {
  return Math.max(1, ...records.map(({ epochs }) => epochs.at(-1)?.epoch ?? 1));
}

/** Lines alone where epochs are many. */
export function modeOf(records: readonly TrialRecord[]): "lines" | "lines+markers" {
  return lastEpoch(records) > MANY_EPOCHS ? "lines" : "lines+markers";
}

/** How many trials of which groups diverged. */
export function divergedSentence(
  groups: readonly Pick<LabeledRecords, "label" | "records">[],
): string {
  const diverged = groups.flatMap(({ label, records }) => {
    const n = records.filter(({ diverged }) => diverged !== null).length;
    return n > 0 ? [`${label}, ${n} of ${count(records.length, "trial")}`] : [];
  });
  return diverged.length > 0 ? ` Diverged: ${diverged.join("; ")}.` : "";
}
