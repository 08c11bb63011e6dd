/**
 * All claims in one table.
 *
 * @module
 */
import { markdownTable } from "../../experiments/markdown.ts";
import type { JudgedClaim } from "./claim.ts";
import { seedWords, sizeWords } from "./words.ts";

/** Claim, size with interval, seeds for it, verdict: a row for each comparison. */
export function claimTable(claims: readonly JudgedClaim[]): string {
  const rows = claims.flatMap(({ claim, parts }) =>
    parts.flatMap(({ title, verdict, comparisons }, part) =>
      comparisons.map((comparison, i) => [
        part + i === 0 ? claim.id : "",
        i === 0 ? title ?? claim.question : "",
        comparison.subject,
        comparison.pairs.length > 0 ? sizeWords(comparison) : "–",
        comparison.pairs.length > 0 ? seedWords(comparison) : "–",
        i === 0 ? verdict : "",
      ])
    )
  );
  return markdownTable(
    ["claim", "of", "comparison", "size (interval)", "seeds for it", "verdict"],
    rows,
  );
}
