/**
 * The few functions of `@std/assert` that our tests call, on top of `node:assert/strict`, under the
 * same names and with the same meaning. It stands in where the JSR registry is out of reach; without
 * the `links` line in deno.json the tests run against the genuine package instead.
 *
 * @module
 */
import nodeAssert from "node:assert/strict";

/** What every function here throws. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

// deno-lint-ignore no-explicit-any -- a constructor of any error, whatever its parameters
type ErrorClass<E extends Error> = new (...args: any[]) => E;

function fail(message: string, given?: string): never {
  throw new AssertionError(given ? `${message}: ${given}` : message);
}

/** Passes when `value` is truthy. */
export function assert(value: unknown, message = ""): asserts value {
  if (!value) fail("Expected a truthy value", message);
}

/** Passes when both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  try {
    nodeAssert.deepEqual(actual, expected);
  } catch (cause) {
    fail((cause as Error).message, message);
  }
}

/** Passes when both are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  try {
    nodeAssert.notDeepEqual(actual, expected);
  } catch (cause) {
    fail((cause as Error).message, message);
  }
}

/** Passes when both are the same value by `Object.is`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  if (!Object.is(actual, expected)) fail(`Expected ${expected}, got ${actual}`, message);
}

/** Passes when the two numbers differ by at most `tolerance` (by default 1e-7 of `expected`). */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance: number = Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7,
  message?: string,
): void {
  if (Object.is(actual, expected) || Math.abs(actual - expected) <= tolerance) return;
  fail(`Expected ${expected} ± ${tolerance}, got ${actual}`, message);
}

/** Passes when `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  if (!(actual > expected)) fail(`Expected ${actual} > ${expected}`, message);
}

/** Passes when `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual >= expected)) fail(`Expected ${actual} >= ${expected}`, message);
}

/** Passes when `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, message?: string): void {
  if (!(actual < expected)) fail(`Expected ${actual} < ${expected}`, message);
}

/** Passes when `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual <= expected)) fail(`Expected ${actual} <= ${expected}`, message);
}

/** Passes when `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (!actual.includes(expected)) {
    fail(`Expected a text with "${expected}", got "${actual}"`, message);
  }
}

/** Passes when `actual` matches `pattern`. */
export function assertMatch(actual: string, pattern: RegExp, message?: string): void {
  if (!pattern.test(actual)) fail(`Expected a match of ${pattern}, got "${actual}"`, message);
}

function assertIsError<E extends Error>(
  error: unknown,
  errorClass: ErrorClass<E>,
  messageIncludes = "",
): E {
  if (!(error instanceof errorClass)) {
    fail(`Expected a ${errorClass.name}, got ${error instanceof Error ? error.stack : error}`);
  }
  assertStringIncludes(error.message, messageIncludes);
  return error;
}

/** Passes when `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown): unknown;
/** Passes when `fn` throws an `errorClass` whose message contains `messageIncludes`; returns it. */
export function assertThrows<E extends Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  messageIncludes?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  errorClass: ErrorClass<Error> = Error,
  messageIncludes = "",
): unknown {
  try {
    fn();
  } catch (error) {
    return assertIsError(error, errorClass, messageIncludes);
  }
  fail("Expected the function to throw");
}

/** Passes when `fn` rejects; resolves to what it rejected with. */
export function assertRejects(fn: () => PromiseLike<unknown>): Promise<unknown>;
/** Passes when `fn` rejects with an `errorClass` whose message contains `messageIncludes`. */
export function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  messageIncludes?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<Error> = Error,
  messageIncludes = "",
): Promise<unknown> {
  try {
    await fn();
  } catch (error) {
    return assertIsError(error, errorClass, messageIncludes);
  }
  fail("Expected the function to reject");
}
