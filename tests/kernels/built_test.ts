/** The committed modules are what their sources give, on any kind of memory. */
import { assert, assertEquals } from "@std/assert";
import { KERNELS, kernelsText } from "../../kernels/build.ts";
import { PLAIN, RELAXED } from "../../kernels/lib/kernels.ts";
import { moduleFor } from "../../kernels/module.ts";
import { granted } from "../permissions.ts";

const modules = [["relaxed", RELAXED], ["plain", PLAIN]].map(([name, text]) =>
  [name, Uint8Array.fromBase64(text)] as const
);

Deno.test({
  name:
    "kernels/lib/kernels.ts is, to the letter, what `deno task build:kernels` makes of kernels/src",
  ignore: !granted("read", "env"),
  async fn() {
    assert(
      await kernelsText() === await Deno.readTextFile(KERNELS),
      "run: deno task build:kernels",
    );
  },
});

for (const [name, bytes] of modules) {
  Deno.test(`the ${name} module imports nothing but TensorFlow.js's memory, and exports functions alone`, () => {
    const module = new WebAssembly.Module(bytes);
    assertEquals(WebAssembly.Module.imports(module), [
      { module: "env", name: "memory", kind: "memory" },
    ] as WebAssembly.ModuleImportDescriptor[]);
    const kinds = WebAssembly.Module.exports(module).map(({ kind }) => kind);
    assertEquals(new Set(kinds), new Set(["function", "memory"]));
  });
}

Deno.test("an engine without relaxed SIMD has instructions enough for the plain module", () => {
  // 0xfd 0x85 0x02 is f32x4.relaxed_madd.
  const has = (bytes: Uint8Array) =>
    bytes.some((byte, i) => byte === 0xfd && bytes[i + 1] === 0x85 && bytes[i + 2] === 0x02);
  assertEquals(modules.map(([, bytes]) => has(bytes)), [true, false]);
});

Deno.test("the module takes a memory that threads share, and one that they do not", () => {
  for (const shared of [true, false]) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 16, shared });
    const { exports } = new WebAssembly.Instance(moduleFor(shared), { env: { memory } });
    (exports.relu as (n: number, x: number, y: number) => void)(0, 0, 0);
    const values = new Float32Array(memory.buffer, 64, 4);
    values.set([-1, 2, NaN, -3]);
    (exports.relu as (n: number, x: number, y: number) => void)(4, 64, 64);
    assertEquals([...values], [0, 2, NaN, 0]);
  }
});
