/**
 * BN before against after the activation.
 *
 * @module
 */
import { pairLabel, pairSentences, pairTable } from "../../findings/findings.ts";
import type { PlacementPair } from "../../findings/side_by_side.ts";
import { pairedDifferences } from "../../figures/mod.ts";
import type { DifferenceRow } from "../../figures/paired_differences.ts";
import { MarkdownTable, Plot, Prose } from "./parts.tsx";

/** What the experiments that differ in the place of BN alone differ by. */
export function Differences({ pairs }: { pairs: PlacementPair[] }) {
  return (
    <>
      <Pairs
        id="pairs-table"
        pairs={pairs}
        caption={"Differences of test accuracy in percentage points, with dataset statistics where " +
          "there is BN, paired by seed."}
        plotCaption={"Each difference with its interval. Filled: the interval excludes 0. Open: " +
          "the trials show no difference."}
      />
      <p>
        An interval is about the mean over seeds, on the same split of the same data.
      </p>
    </>
  );
}

/** Comparisons in sentences, as a table and as a figure. */
export function Pairs(
  { id, pairs, caption, plotCaption }: {
    id: string;
    pairs: PlacementPair[];
    caption: string;
    plotCaption: string;
  },
) {
  const rows = pairs.map((pair) => ({ label: pairLabel(pair), difference: pair.difference }));
  return (
    <>
      <Prose text={pairSentences(pairs)} />
      <MarkdownTable id={id} caption={caption} text={pairTable(pairs)} />
      <DifferencePlot rows={rows} caption={plotCaption} />
    </>
  );
}

/** Differences with their intervals. */
export function DifferencePlot({ rows, caption }: { rows: DifferenceRow[]; caption: string }) {
  return (
    <Plot
      wide={pairedDifferences(rows)}
      narrow={pairedDifferences(rows, { labelLength: 40 })}
      caption={caption}
    />
  );
}
