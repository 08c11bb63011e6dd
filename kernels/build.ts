/**
 * Compiles kernels/src to one WebAssembly module. The same source gives the same bytes, which a test
 * holds the committed file to.
 *
 * @module
 */
const SOURCE = new URL("./src/", import.meta.url);
/** The committed module. */
export const KERNELS = new URL("./lib/kernels.wasm", import.meta.url);

/**
 * The kernels' module, on TensorFlow.js's memory. That it has at least one page of 64 kB is said, so that
 * an access at an address and a small constant needs one check of its bounds instead of two.
 */
export async function buildKernels(): Promise<Uint8Array> {
  return await compile("mod.ts", ["--importMemory", "--initialMemory", "1"]);
}

/**
 * Compiles a file of kernels/src; throws with the compiler's messages if it is wrong.
 *
 * @param flags Those of the AssemblyScript compiler that the file needs besides.
 */
export async function compile(
  file: string,
  flags: string[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  // It asks for the environment as it loads, which whoever only imports this module need not grant.
  const { default: asc } = await import("assemblyscript/asc");
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main(
    // deno-fmt-ignore
    [
      file, "--outFile", "out.wasm",
      "-O3", "--noAssert",
      "--runtime", "stub", // no garbage collector: the kernels allocate nothing
      "--enable", "relaxed-simd",
      ...flags,
    ],
    {
      readFile: async (name) => {
        try {
          return await Deno.readTextFile(new URL(name, SOURCE));
        } catch (error) {
          if (error instanceof Deno.errors.NotFound) return null;
          throw error;
        }
      },
      writeFile: (_name, contents) => {
        if (contents instanceof Uint8Array) binary = new Uint8Array(contents);
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`${stderr}`, { cause: error });
  return binary;
}

if (import.meta.main) {
  const binary = await buildKernels();
  await Deno.writeFile(KERNELS, binary);
  console.log(`${KERNELS.pathname}: ${binary.length} bytes`);
}
