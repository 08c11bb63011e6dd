/**
 * Mathematical symbols in Markdown, for paper.
 *
 * @module
 */

/** Code and mathematics, which stay as they are; else a run of symbols and the digits behind it. */
const SYMBOLS =
  /(`+)[^`](?:.|\n)*?\1|\$\$[^$]+\$\$|\$[^$\n]+\$|\\\$|(?<symbols>(?:[[\p{Script=Greek}&&\p{Lowercase}]′∂∇∈∏∑∘∝∼≈≠≤≥⊗⊙]\u0302?)+\d*)/gv;

/**
 * Markdown in which each symbol that LaTeX's default text fonts lack, as γ, ∂ and ∼, is mathematics by
 * itself: `$γ$`. Mathematical fonts have it, on paper and in notebooks. Code and mathematics stay.
 */
export function symbolsAsMath(markdown: string): string {
  return markdown.replace(
    SYMBOLS,
    (text, _ticks, symbols?: string) =>
      symbols ? `$${symbols.replace(/(.)\u0302/gu, "\\hat{$1}")}$` : text,
  );
}
