/** Places of batch normalization as comparisons name them. */
export const WORDS = { none: "none", pre: "before", post: "after" } as const;
/** Where there is BN. */
export const PLACES = ["pre", "post"] as const;
