/** The committed WebAssembly module is what its sources give. */
import { assert, assertEquals } from "@std/assert";
import { buildKernels, KERNELS } from "../../kernels/build.ts";
import { granted } from "../permissions.ts";

Deno.test({
  name:
    "kernels/lib/kernels.wasm is, byte for byte, what `deno task build:kernels` makes of kernels/src",
  ignore: !granted("read", "env"),
  async fn() {
    const [built, committed] = await Promise.all([buildKernels(), Deno.readFile(KERNELS)]);
    assert(WebAssembly.validate(new Uint8Array(built)));
    assertEquals(built.length, committed.length, "run: deno task build:kernels");
    assert(built.every((byte, i) => byte === committed[i]), "run: deno task build:kernels");
  },
});

Deno.test({
  name: "the module imports nothing but TensorFlow.js's memory, and exports functions alone",
  ignore: !granted("read"),
  async fn() {
    const module = await WebAssembly.compile(await Deno.readFile(KERNELS));
    assertEquals(WebAssembly.Module.imports(module), [
      { module: "env", name: "memory", kind: "memory" },
    ] as WebAssembly.ModuleImportDescriptor[]);
    const kinds = WebAssembly.Module.exports(module).map(({ kind }) => kind);
    assertEquals(new Set(kinds), new Set(["function", "memory"]));
  },
});
