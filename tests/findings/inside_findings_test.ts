import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  activityText,
  roundingText,
  seenText,
  shortModelText,
} from "../../findings/inside_findings.ts";

const VIEW = {
  layer: "bn",
  mean: 0,
  deviation: 1,
  low: -0.85,
  high: 5,
  zeros: 0,
  negative: 0.6,
  atFloor: 0.4,
};

Deno.test("shortModelText() says how little the model was trained, and that it is no result", () => {
  const text = shortModelText({
    seed: 3,
    images: 10_000,
    epochs: 2,
    accuracy: 0.845,
    testImages: 2_000,
  });
  assertStringIncludes(text, "seed 3, 2 epochs of the first 10,000 training images");
  assertStringIncludes(text, "84.5 % of the first 2,000 test images");
  assertStringIncludes(text, "the results are those of the recorded trials");
});

Deno.test("activityText() counts units that never fire apart from those that rarely do", () => {
  assertEquals(
    activityText([{ layer: "relu", shares: [0, 0.01, 0.5, 0.5, 1] }]),
    "- `relu`: a unit fires on 50 % of the inputs in the median, the middle 90 % of the units on " +
      "0 to 100 %; 1 of 5 units never fire, 1 more on less than 2 %.",
  );
  assertStringIncludes(
    activityText([{ layer: "relu", shares: [0.4, 0.5] }]),
    "0 of 2 units never fire, 0 more",
  );
});

Deno.test("seenText() speaks of both signs only where there are negative numbers", () => {
  assertEquals(
    seenText(VIEW, "the dense layer"),
    "So the dense layer gets numbers of both signs: 60 % are negative, the lowest is −0.85; 0 % are " +
      "exactly 0, and 40 % are the lowest value of their channel.",
  );
  assertEquals(
    seenText({ ...VIEW, low: 0, negative: 0, zeros: 0.4 }, "the dense layer"),
    "So the dense layer gets no negative number; 40 % are exactly 0.",
  );
});

Deno.test("roundingText() calls a number 0 only if it is as small as float32 rounding", () => {
  assertStringIncludes(roundingText("∂L/∂b", "∂L/∂γ", 1.1e-7), "∂L/∂b is 1.1e−7 times ∂L/∂γ: no");
  assertStringIncludes(roundingText("∂L/∂b", "∂L/∂γ", 0), "is 0 times");
  assertStringIncludes(roundingText("∂L/∂b", "∂L/∂γ", 1e-4), "hence not 0");
});
