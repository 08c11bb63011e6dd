import { classNamesOf } from "../data/dataset_name.ts";
import { escapeHtml } from "../experiments/escape.ts";
import { count } from "../experiments/format.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { axisTitle, BARE_AXIS } from "./axes.ts";
import { nothing } from "./panels.ts";
import { shadedCells } from "./shaded_cells.ts";
import { baseLayout, type Figure } from "./theme.ts";

/**
 * Which classes a model confuses: of the test images of each class (row), the share classified as
 * each class (column), in percent, mean over trials; with dataset statistics where there is BN. The
 * shade is for the mistakes alone: on the diagonal, which would drown them, stand numbers without one.
 *
 * @param records Trials of one experiment.
 */
export function confusionMatrix(records: readonly TrialRecord[]): Figure {
  if (records.length === 0) return nothing();
  const classNames = classNamesOf(records[0].data.checksum);
  const shares = meanShares(records);
  const classes = shares.map((_, i) => classNames[i] ?? String(i));
  const mistakes = shares.map((row, i) => row.map((share, j) => i === j ? null : share));
  const largest = Math.max(1, ...mistakes.flat().map((share) => share ?? 0));
  const texts = shares.map((row, i) =>
    row.map((share, j) => {
      const text = share.toFixed(1);
      return text === "0.0" ? "" : i === j ? `<b>${text}</b>` : text;
    })
  );
  const axis = {
    ...BARE_AXIS,
    tickvals: shares.map((_, i) => i),
    ticktext: classes.map(escapeHtml),
    constrain: "domain",
  } as const;
  const ranked = shares.flatMap((row, i) => row.map((share, j) => ({ i, j, share })))
    .filter(({ i, j }) => i !== j)
    .sort((a, b) => b.share - a.share)
    .slice(0, 3)
    .filter(({ share }) => share > 0);
  const hits = shares.map((row, i) => ({ i, share: row[i] })).sort((a, b) => a.share - b.share);
  const [worst, best] = [hits[0], hits.at(-1)!];
  return {
    data: shadedCells({
      values: mistakes,
      largest,
      texts,
      hover: shares.map((row, i) =>
        row.map((share, j) => `${classes[i]} taken for ${classes[j]}: ${share.toFixed(2)} %`)
      ),
    }),
    layout: {
      ...baseLayout(520),
      margin: { l: 96, r: 12, t: 12, b: 96 },
      plot_bgcolor: "#eeeeee",
      xaxis: { ...axis, title: axisTitle("predicted class"), tickangle: -45 },
      yaxis: {
        ...axis,
        title: axisTitle("actual class"),
        range: [shares.length - 0.5, -0.5],
      },
    },
    description: "Confusion matrix, percent of the test images of each class, mean over " +
      `${count(records.length, "trial")}. Most often right: ` +
      `${classes[best.i]} ${best.share.toFixed(1)} %; least often: ${classes[worst.i]} ` +
      `${worst.share.toFixed(1)} %. Largest mistakes: ` +
      (ranked.map(({ i, j, share }) =>
        `${classes[i]} taken for ${classes[j]} ${share.toFixed(1)} %`
      ).join(", ") || "none") + ".",
  };
}

/** In percent of the row, over all trials, which have the same test images. */
function meanShares(records: readonly TrialRecord[]): number[][] {
  const matrices = records.map(({ test }) => (test.dataset ?? test.moving).confusion);
  const counts = matrices[0].map((row, i) =>
    row.map((_, j) => matrices.reduce((sum, matrix) => sum + matrix[i][j], 0))
  );
  return counts.map((row) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    return row.map((n) => total === 0 ? 0 : 100 * (n / total));
  });
}
