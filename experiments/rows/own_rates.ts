/**
 * The learning rate of each design, as its choosing trials gave it (`choice.ts`); a test holds these
 * numbers to the records. A design is an experiment's name without its rate.
 */
export const OWN_RATES: Record<string, number> = {
  "mlp-none-20k": 0.3,
  "mlp-pre-20k": 0.3,
  "mlp-post-20k": 0.3,
  "cnn-none-20k": 0.3,
  "cnn-pre-20k": 1,
  "cnn-post-20k": 0.3,
  "mlp-pre-20k-epsilon-0.00001": 0.3,
  "mlp-pre-20k-standardized": 1,
  "mlp-pre-20k-standardized-epsilon-0.00001": 0.3,
  "mlp-post-20k-epsilon-0.00001": 0.3,
  "mlp-post-20k-standardized": 0.3,
  "mlp-post-20k-standardized-epsilon-0.00001": 0.3,
  "mlp-none-10k-raw": 0.001,
  "mlp-none-10k-standardized": 0.3,
  "mlp-none-10k-epochs-1": 0.3,
  "mlp-none-10k-standardized-epochs-1": 0.3,
  "mlp-pre-10k-batch-4": 0.1,
  "mlp-pre-10k-batch-16": 0.3,
  "mlp-none-10k-batch-16": 0.1,
  "mlp-pre-10k-batch-32": 0.3,
  "mlp-pre-10k": 1,
  "mlp-none-10k": 0.3,
  "mlp-pre-10k-batch-256": 1,
  "mlp-none-10k-batch-256": 0.3,
};
