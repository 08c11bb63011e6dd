/**
 * The learning rate of each design, as its choosing trials gave it (`choice.ts`); a test holds these
 * numbers to the records. A design is an experiment's name without its rate.
 */
export const OWN_RATES: Record<string, number> = {};
