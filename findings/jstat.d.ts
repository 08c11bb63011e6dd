/** The part of jStat that we call; the package comes without types. */
declare const jStat: {
  /** Student's t distribution. */
  studentt: {
    /** The value below which a share p of the distribution with dof degrees of freedom lies. */
    inv(p: number, dof: number): number;
  };
};
export default jStat;
