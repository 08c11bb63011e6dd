/**
 * Where tables and figures draw a line.
 *
 * @module
 */

/** A trial has failed at this accuracy or below: twice of what guessing among ten classes reaches. */
export const FAILED = 0.2;

/** A channel is dead if its variance over the training set is below this: ReLU gives 0 for every image. */
export const DEAD = 1e-8;
