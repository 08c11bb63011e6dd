/** A channel is constant if its variance over the training set is below this. Behind ReLU it is dead. */
export const CONSTANT = 1e-8;
