/**
 * Where tables and figures draw a line.
 *
 * @module
 */

/** A trial has failed at this accuracy or below: twice of what guessing among ten classes reaches. */
export const FAILED = 0.2;

/** A channel is constant if its variance over the training set is below this. Behind ReLU it is dead. */
export const CONSTANT = 1e-8;
