/**
 * Options as people write them where nothing checks their types: in a notebook's cell, in JavaScript,
 * in a model's file. A misspelt name or a value of another type is refused, never ignored.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { closestMatch } from "leven";

/** What the value of an option must be: in words, and as a test. */
export type Rule = readonly [must: string, holds: (value: unknown) => boolean];

/** Any number, NaN included: which ones is said by whoever knows why. */
export const NUMBER: Rule = ["be a number", (value) => typeof value === "number"];
/** A whole number. */
export const INTEGER: Rule = ["be an integer", Number.isInteger];
/** How many of something. */
export const COUNT: Rule = [
  "be a whole number, 1 or more",
  (value) => Number.isSafeInteger(value) && value as number > 0,
];
/** What a generator of random numbers begins with. */
export const SEED: Rule = [
  "be a whole number from 0 to 4294967295",
  (value) => typeof value === "number" && value === value >>> 0,
];
/** A boolean. */
export const BOOLEAN: Rule = ["be true or false", (value) => typeof value === "boolean"];
/** A string with something in it. */
export const TEXT: Rule = [
  "be a text that is not empty",
  (value) => typeof value === "string" && value !== "",
];
/** An array. */
export const ARRAY: Rule = ["be an array", Array.isArray];
/** Anything with properties. */
export const OBJECT: Rule = [
  "be an object",
  (value) => typeof value === "object" && value !== null,
];
/** A function. */
export const FUNCTION: Rule = ["be a function", (value) => typeof value === "function"];
/** A tensor. */
export const TENSOR: Rule = ["be a tensor", (value) => value instanceof tf.Tensor];

/** What `rule` allows, and null, which TensorFlow.js takes for "not given". */
export function orNull([must, holds]: Rule): Rule {
  return [must, (value) => value === null || holds(value)];
}

/**
 * @param task What is refused, after "Cannot", for example "create a BatchNorm layer".
 * @param options What the caller gave; undefined values are options that are not given.
 * @param rules Each option that there is.
 * @throws {TypeError} If the options are no object, one has an unknown name or a value of a wrong type.
 */
export function assertOptions(task: string, options: object, rules: Record<string, Rule>): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(
      `Cannot ${task} with options that are ${inWords(options)}: give them by name, in an object.`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      const names = Object.keys(rules);
      const closest = closestMatch(name, names, { maxDistance: 2 });
      throw new TypeError(
        `Cannot ${task} with an option "${name}": there is none of that name` +
          (closest ? `; did you mean "${closest}"?` : ".") + ` There are ${names.join(", ")}.`,
      );
    }
    if (value !== undefined) assertRule(task, name, value, rules[name]);
  }
}

/** @throws {TypeError} If a value is not what its rule allows. */
export function assertRule(task: string, name: string, value: unknown, [must, holds]: Rule): void {
  if (holds(value)) return;
  throw new TypeError(`Cannot ${task} with ${name} ${inWords(value)}: it must ${must}.`);
}

/** A value as it appears in an error message. */
export function inWords(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
