/**
 * Which statistics prediction normalizes by: the moving average that training keeps, or the exact
 * ones of a whole dataset, from `computeDatasetStatistics()`.
 */
export type StatisticsKind = "moving" | "dataset";

/** @throws {RangeError} If there is no such kind of statistics. */
export function assertKind(kind: StatisticsKind): void {
  if (kind !== "moving" && kind !== "dataset") {
    throw new RangeError(
      `Cannot predict with statistics "${kind}": choose "moving" or "dataset".`,
    );
  }
}
