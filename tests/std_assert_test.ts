import { assertAlmostEquals, AssertionError, assertRejects, assertThrows } from "@std/assert";

Deno.test("assertAlmostEquals() fails beyond its tolerance", () => {
  assertAlmostEquals(1, 1 + 5e-8);
  assertThrows(() => assertAlmostEquals(1, 1.1, 0.05), AssertionError);
});

Deno.test("assertThrows() fails when nothing, another class or another message is thrown", () => {
  assertThrows(() => assertThrows(() => 0), AssertionError);
  assertThrows(() => assertThrows(() => JSON.parse("{"), RangeError), AssertionError);
  assertThrows(
    () => assertThrows(() => JSON.parse("{"), SyntaxError, "no such words"),
    AssertionError,
  );
});

Deno.test("assertRejects() fails when the promise resolves", async () => {
  await assertRejects(() => assertRejects(() => Promise.resolve(0)), AssertionError);
});
