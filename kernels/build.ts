/**
 * Compiles kernels/src to two WebAssembly modules, with relaxed SIMD and without, and writes them as text
 * into one file of TypeScript, which every engine and every bundler can import. The same source gives the
 * same bytes, which a test holds the committed file to.
 *
 * @module
 */
const SOURCE = new URL("./src/", import.meta.url);
/** The committed file. */
export const KERNELS = new URL("./lib/kernels.ts", import.meta.url);

/**
 * The kernels' module, on TensorFlow.js's memory. That it has at least one page of 64 kB is said, so that
 * an access at an address and a small constant needs one check of its bounds instead of two; that it has
 * at most 65,536, since a memory that threads share must say so.
 */
export async function buildKernels(
  simd: "relaxed-simd" | "simd",
): Promise<Uint8Array<ArrayBuffer>> {
  const memory = ["--importMemory", "--initialMemory", "1", "--maximumMemory", "65536"];
  return await compile("mod.ts", ["--enable", simd, ...memory]);
}

/** The committed file's text: both modules in base64. */
export async function kernelsText(): Promise<string> {
  const [relaxed, plain] = [
    await buildKernels("relaxed-simd"),
    await buildKernels("simd"),
  ].map((binary) => binary.toBase64());
  return `\
// Generated from kernels/src by \`deno task build:kernels\`: the module with relaxed SIMD, whose multiply-add
// rounds once where the processor can, and the same one for engines without.
export const RELAXED =
  "${relaxed}";
export const PLAIN =
  "${plain}";
`;
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
  const text = await kernelsText();
  await Deno.writeTextFile(KERNELS, text);
  console.log(`${KERNELS.pathname}: ${text.length} characters`);
}
