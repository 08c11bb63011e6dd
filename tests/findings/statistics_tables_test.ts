import { assertEquals, assertStringIncludes } from "@std/assert";
import { restOfBatchTable } from "../../findings/findings.ts";
import { syntheticRecord } from "../synthetic_records.ts";

Deno.test("by batch size, how many images change class with the rest of their batch", () => {
  const record = syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.8 });
  const scored = { ...record, companions: { accuracy: 0.7, changed: 0.25 } };
  assertStringIncludes(restOfBatchTable([scored]), "| 64 | 1 | 80.00 | 80.00 | 70.00 | 25.00 |");
  assertEquals(restOfBatchTable([record]).split("\n").length, 2, "the titles alone");
});
