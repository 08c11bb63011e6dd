/**
 * BN before against after the activation.
 *
 * @module
 */
import { pairSentences, pairTable } from "../../findings/findings.ts";
import type { PlacementPair } from "../../findings/side_by_side.ts";
import { MarkdownTable, Prose } from "./parts.tsx";
import { PairPlot } from "./study.tsx";

/** What the experiments that differ in the place of BN alone differ by. */
export function Differences({ pairs }: { pairs: PlacementPair[] }) {
  if (pairs.length === 0) {
    return (
      <p>
        There is nothing to compare: no two of these experiments differ in the place of batch
        normalization alone.
      </p>
    );
  }
  return (
    <>
      <Prose text={pairSentences(pairs)} />
      <MarkdownTable
        id="pairs-table"
        caption={"Differences of test accuracy in percentage points, with exact statistics where " +
          "there is BN, paired by seed."}
        text={pairTable(pairs)}
      />
      <PairPlot
        pairs={pairs}
        caption={"Each difference with its interval. Filled: the interval excludes 0. Open: the " +
          "trials show no difference."}
      />
      <p>
        An interval tells what other seeds would do on the same split of the same data.
      </p>
    </>
  );
}
