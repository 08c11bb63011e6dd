/**
 * Numbers in words, wherever they are shown.
 *
 * @module
 */

const NUMBER = new Intl.NumberFormat("en-US");

/** A whole number: `55,000`. */
export function thousands(n: number): string {
  return NUMBER.format(n);
}

/** A number of things: `1 trial`, `3 trials`. */
export function count(n: number, noun: string): string {
  return `${thousands(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** Seconds: `40 s`, `2 min` or `1 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A share in percent: `12.3 %`. */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}
