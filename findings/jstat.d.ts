/** The part of jStat that we call; the package comes without types. */
declare const jStat: {
  /** Student's t distribution. */
  studentt: {
    /** The value below which a share p of the distribution with dof degrees of freedom lies. */
    inv(p: number, dof: number): number;
    /** The share of it below x. */
    cdf(x: number, dof: number): number;
  };
  /** The beta distribution. */
  beta: {
    /** The value below which a share p of it lies. */
    inv(p: number, alpha: number, beta: number): number;
  };
  /** How many ways there are to choose k of n. */
  combination(n: number, k: number): number;
};
export default jStat;
