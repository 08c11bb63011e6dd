/**
 * Products by a BLAS of the machine, by choice: inside of a training step, and nowhere else.
 *
 * A BLAS uses the processor's widest vectors, which WebAssembly does not reach, and is two to four times
 * as fast. But it adds in an order of its own, another one on other processors, and one output row may
 * depend on how many there are. So predictions stay with our kernels, and records say which was used.
 *
 * @module
 */

/** A library that is open. */
export interface Blas {
  /** Where it was found. */
  path: string;
  /** The file's name, behind all links. */
  library: string;
  /** As its name has it, or the system's where the library is part of it. */
  version: string;
}

/** Where systems keep one. The tasks of deno.json may load these files and no others. */
const PLACES: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  darwin: [
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
  ],
  linux: [
    "/usr/lib/x86_64-linux-gnu/libopenblas.so.0",
    "/usr/lib/aarch64-linux-gnu/libopenblas.so.0",
    "/usr/lib64/libopenblas.so.0",
    "/home/linuxbrew/.linuxbrew/opt/openblas/lib/libopenblas.so",
  ],
};

const SYMBOLS = {
  cblas_sgemm: {
    // deno-fmt-ignore
    parameters: [
      "i32", "i32", "i32", "i32", "i32", "i32",
      "f32", "buffer", "i32", "buffer", "i32", "f32", "buffer", "i32",
    ],
    result: "void",
  },
  openblas_set_num_threads: { parameters: ["i32"], result: "void", optional: true },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>;

let open: { blas: Blas; library: Library } | undefined;
/** How many training steps are under way, one inside the other. */
let depth = 0;

/**
 * Opens a BLAS; training steps use it from then on.
 *
 * @param path Its file; by default one in the usual places of macOS, Debian, Fedora and Homebrew.
 * @throws {Error} If there is none, or it may not be loaded; says what to install or to type.
 */
export function openBlas(path?: string): Blas {
  const places = path ? [path] : PLACES[Deno.build.os] ?? [];
  const failures: string[] = [];
  for (const place of places) {
    if (Deno.permissions.querySync({ name: "ffi", path: place }).state !== "granted") {
      failures.push(`${place} may not be loaded`);
      continue;
    }
    try {
      const library = Deno.dlopen(place, SYMBOLS);
      library.symbols.openblas_set_num_threads?.(1); // trials are side by side already
      open = { blas: { path: place, ...identityOf(place) }, library };
      return open.blas;
    } catch (error) {
      if (path) failures.push((error as Error).message);
    }
  }
  throw new Error(
    `Cannot train with a BLAS: ${
      failures.join("; ") || `none of ${places.join(", ")} is there`
    }. ` +
      "Install one (Debian: apt-get install libopenblas0; Fedora: dnf install openblas; macOS has " +
      "one). For a library elsewhere, type: deno run --allow-read --allow-write=results " +
      `--allow-env --allow-sys --allow-ffi=${path ?? "FILE"} experiments/main.ts --blas ` +
      `${path ?? "FILE"}`,
  );
}

/** Which BLAS training steps use; undefined if none. */
export function blasInUse(): Blas | undefined {
  return open?.blas;
}

/** Training steps use no BLAS any more. */
export function closeBlas(): void {
  open?.library.close();
  open = undefined;
}

/** The file behind links, and the version in its name; what has no file is the system's own. */
function identityOf(path: string): Pick<Blas, "library" | "version"> {
  try {
    const library = Deno.realPathSync(path).split("/").at(-1)!;
    return { library, version: library.match(/\d+(\.\d+)+/)?.[0] ?? "unknown" };
  } catch {
    return { library: path.split("/").at(-1)!, version: `${Deno.build.os} ${Deno.osRelease()}` };
  }
}

/** Runs a training step, within which products may go to the BLAS. */
export function inTrainingStep<T>(step: () => T): T {
  depth += 1;
  try {
    return step();
  } finally {
    depth -= 1;
  }
}

/** Multiplications below which either way takes some 5 µs, most of them around the product (AMD EPYC). */
const WORTH_IT = 1 << 15;

const [ROW_MAJOR, PLAIN, TRANSPOSED] = [101, 111, 112];

/** A matrix in the memory of a backend: its first byte, values from row to row, and whether it is turned. */
export interface Operand {
  at: number;
  stride: number;
  transposed: boolean;
}

/**
 * C[M, N] = A[M, K]·B[K, N], if a training step is under way, with a BLAS, and the product is large
 * enough.
 *
 * @returns Whether it was computed.
 */
export function blasProduct(
  memory: ArrayBuffer,
  [M, N, K]: [number, number, number],
  a: Operand,
  b: Operand,
  c: number,
  add = false,
): boolean {
  if (!open || depth === 0 || M * N * K < WORTH_IT) return false;
  const bytes = (at: number) => new Uint8Array(memory, at);
  // deno-fmt-ignore
  open.library.symbols.cblas_sgemm(
    ROW_MAJOR, a.transposed ? TRANSPOSED : PLAIN, b.transposed ? TRANSPOSED : PLAIN, M, N, K,
    1, bytes(a.at), a.stride, bytes(b.at), b.stride, add ? 1 : 0, bytes(c), N,
  );
  return true;
}
