/**
 * What the trials say: the differences of a few, and of the reference run speed and quality, where
 * training works, and every claim with its verdict.
 *
 * @module
 */
import type { TrialRecord } from "../../experiments/record.ts";
import { depthMap, gradientNorms, seedDifferences, speedAndQuality } from "../../figures/mod.ts";
import {
  comparisonsOf,
  type JudgedClaim,
  type JudgedComparison,
} from "../../findings/claims/claim.ts";
import type { headline } from "../../findings/claims/headline.ts";
import { type Beside, besideTable } from "../../findings/claims/in_line.ts";
import {
  claimTable,
  claimText,
  LEFT_OUT,
  placeTable,
  withAndWithoutTable,
} from "../../findings/claims/table.ts";
import { placementSentences, placementTable } from "../../findings/side_by_side.ts";
import { MarkdownTable, Plot, Prose } from "./parts.tsx";

/** Accuracies after one epoch, five, and many, and what follows. */
export function Headline(
  { records, said }: { records: readonly TrialRecord[]; said: ReturnType<typeof headline> },
) {
  const { table, sentences, notes } = said;
  return (
    <>
      <Plot
        wide={speedAndQuality(records)}
        narrow={speedAndQuality(records, { columns: 1 })}
        caption={"Test accuracy by the length of training, each model at its own learning rate. " +
          "Small marks: trials; lines: their means. On the left is speed, on the right quality."}
      />
      <MarkdownTable
        id="headline"
        caption={"Test accuracy in percent, and differences in points with 95 % intervals, paired by " +
          "seed. Bold: a difference is shown. ≈: within ±0.3 points, which we treat as no difference. " +
          "Plain: open."}
        text={table}
      />
      <Prose text={[...sentences, ...notes].map((sentence) => `- ${sentence}`).join("\n")} />
    </>
  );
}

/** Where training works at all. */
export function WhereItTrains({ records }: { records: readonly TrialRecord[] }) {
  return (
    <>
      <Plot
        wide={depthMap(records)}
        narrow={depthMap(records, { columns: 1 })}
        caption={"How many trials learn, by depth and learning rate: those whose loss stays finite and " +
          "that get at least half of the test images right."}
      />
      <Plot
        wide={gradientNorms(records)}
        caption={"Norm of each layer's gradient before the first step, in the deepest network. Thin: " +
          "trials; thick: their median."}
      />
    </>
  );
}

/** What the experiments that differ in the place of BN alone differ by. */
export function Differences({ comparisons }: { comparisons: readonly JudgedComparison[] }) {
  return (
    <>
      <Prose text={placementSentences(comparisons)} />
      <MarkdownTable
        id="differences-table"
        caption={"Differences of test accuracy, with dataset statistics where there is BN, paired by " +
          "seed."}
        text={placementTable(comparisons)}
      />
      <Plot
        wide={seedDifferences(comparisons)}
        caption={"A small mark for each pair of trials, the mean with its 95 % interval; shaded, what we " +
          "treat as no difference. An interval is about other seeds, on these test images."}
      />
    </>
  );
}

/** A few trials beside what the reference run lets expect of them. */
export function BesideReference({ rows }: { rows: readonly Beside[] }) {
  return (
    <>
      <p>
        A few pairs give a size and no verdict. The reference run has more, with other seeds: beside
        each size stand its verdict, and the range in which 19 of 20 means of so few pairs lie.
      </p>
      <MarkdownTable
        id="beside-table"
        caption="Differences of test accuracy, paired by seed."
        text={besideTable(rows)}
      />
    </>
  );
}

/** Every claim with its verdict. */
export function Claims({ claims }: { claims: readonly JudgedClaim[] }) {
  return (
    <>
      <Prose text={THE_RULE} />
      <MarkdownTable
        id="claims-table"
        caption={"Every claim, decided ones first. Seeds in favour: those whose difference has the sign that " +
          "the claim says, or, where it says that two are alike, lies within the margin. In " +
          "parentheses: the verdict of one comparison, where a claim's comparisons differ, and what " +
          `would decide it, where it is open. ${LEFT_OUT}`}
        text={claimTable(claims)}
      />
      <MarkdownTable
        id="place-table"
        caption="Before against after, by ε, the scale of the input and the activation."
        text={placeTable(claims)}
      />
      <MarkdownTable
        id="with-table"
        caption="With against without: speed, accuracy after long training, learning rate, depth."
        text={withAndWithoutTable(claims)}
      />
      <details>
        <summary>Every claim in words, with all seeds and the tests</summary>
        {claims.map((claim) => (
          <>
            <Prose text={claimText(claim)} />
            <Plot
              wide={seedDifferences(comparisonsOf(claim))}
              caption={`${claim.claim.id}: a small mark for each pair of trials, the mean with its ` +
                "95 % interval where it has one; shaded, what we treat as no difference."}
            />
          </>
        ))}
      </details>
    </>
  );
}

const THE_RULE =
  "If batch normalization made no difference, the difference of each seed would be " +
  "positive or negative like a coin. Ten times positive in ten happens once in 1,024. We call a claim " +
  "_held_ if chance would do as much less than once in 40, in each of its comparisons; " +
  "_contradicted_ if one of them comes out as clearly against it; _equivalent_ if the whole 90 % interval " +
  "lies within what we treat as no difference; and _open_ otherwise. Margins and numbers of seeds were " +
  "fixed before the trials, but for what findings/design.md lists under Deviations. Were nothing true at all, about one of these verdicts would be a false " +
  "“held”.";
