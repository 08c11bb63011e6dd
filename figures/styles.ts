/**
 * Groups of trials, and how each is drawn.
 *
 * @module
 */
import type { TrialRecord } from "../experiments/record.ts";
import { PLACEMENT_WORDS } from "../findings/setting.ts";
import type { Placement } from "../models/placement.ts";
import { GREY, NEUTRAL } from "./theme.ts";

/** Records that are drawn as one, under a name. */
export interface LabeledRecords {
  /** The name in legend and description. */
  label: string;
  records: readonly TrialRecord[];
  /**
   * Title of the panel that the group stands in.
   * @default {one panel for all groups}
   */
  panel?: string;
}

/** How a group is drawn: a colour, and signs that repeat it where there is no colour. */
export interface Style {
  color: string;
  symbol: "circle" | "square" | "diamond" | "triangle-up" | "x" | "star" | "pentagon";
  dash: "solid" | "dash" | "dot" | "dashdot" | "longdash";
}

/** Each placement's look, in every figure alike, and in their order. */
export const PLACEMENT_STYLES: Record<Placement, Style> = {
  none: { color: "#009e73", symbol: "diamond", dash: "dot" },
  pre: { color: "#0072b2", symbol: "circle", dash: "solid" },
  post: { color: "#d55e00", symbol: "square", dash: "dash" },
};

/** For groups that are not placements; none of these colours is a placement's. */
const OTHER_STYLES: Style[] = [
  { color: NEUTRAL, symbol: "circle", dash: "solid" },
  { color: "#cc79a7", symbol: "square", dash: "dash" },
  { color: "#e69f00", symbol: "triangle-up", dash: "dot" },
  { color: "#56b4e9", symbol: "diamond", dash: "dashdot" },
  { color: "#8c6d31", symbol: "x", dash: "longdash" },
  { color: GREY, symbol: "star", dash: "solid" },
];

/** The look of the i-th of groups that are not placements. */
export function otherStyle(i: number): Style {
  return OTHER_STYLES[i % OTHER_STYLES.length];
}

/**
 * The look of each group: its placement's, where the groups of every panel differ in placement and
 * each has one; else one for each label.
 */
export function groupStyles(groups: readonly LabeledRecords[]): Style[] {
  const placements = groups.map(({ records }) => {
    const all = new Set(records.map(({ experiment }) => experiment.placement));
    return all.size === 1 ? [...all][0] : undefined;
  });
  const tell = [...Map.groupBy(groups.keys(), (i) => groups[i].panel).values()].every((panel) =>
    new Set(panel.map((i) => placements[i])).size === panel.length
  );
  const labels = [...new Set(groups.map(({ label }) => label))];
  return groups.map(({ label }, i) =>
    tell && placements[i] ? PLACEMENT_STYLES[placements[i]] : otherStyle(labels.indexOf(label))
  );
}

/** Records by placement, under its words, without the placements that have none. */
export function byPlacement(records: readonly TrialRecord[]): LabeledRecords[] {
  const placements = Object.keys(PLACEMENT_STYLES) as Placement[];
  return placements.map((placement) => ({
    label: PLACEMENT_WORDS[placement],
    records: records.filter(({ experiment }) => experiment.placement === placement),
  })).filter((group) => group.records.length > 0);
}
