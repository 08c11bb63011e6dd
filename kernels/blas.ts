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
  /**
   * As in the file's name; for a library of the system, the system's. OpenBLAS has several kernels: it
   * says which processor those in use are for.
   */
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
  openblas_get_corename: { parameters: [], result: "pointer", optional: true },
  /** The C library's, which every library is linked to. */
  strncpy: { parameters: ["buffer", "pointer", "usize"], result: "void", optional: true },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>;

let open: { blas: Blas; library: Library } | undefined;
/** How many training steps are under way, one inside the other. */
let depth = 0;

/**
 * Opens a BLAS; training steps use it from then on, and no other that was open before.
 *
 * @param path Its file; by default one in the usual places of macOS, Debian, Fedora and Homebrew.
 * @throws {Error} If there is none; says what to install. In Node and in a browser, always.
 * @throws {Deno.errors.NotCapable} If there is one that may not be loaded; names the permission.
 */
export function openBlas(path?: string): Blas {
  if (!("Deno" in globalThis)) {
    throw new Error("A BLAS can be opened in Deno alone; elsewhere the package's kernels compute.");
  }
  const places = path ? [path] : PLACES[Deno.build.os] ?? [];
  const failures: string[] = [];
  let denied: string | undefined;
  for (const place of places) {
    if (Deno.permissions.querySync({ name: "ffi", path: place }).state !== "granted") {
      if (mayBeThere(place)) denied ??= place;
      continue;
    }
    try {
      const library = load(place);
      closeBlas();
      library.symbols.openblas_set_num_threads?.(1); // trials are side by side already
      open = { blas: { path: place, ...identityOf(place, coreOf(library)) }, library };
      return open.blas;
    } catch (error) {
      if (mayBeThere(place)) failures.push((error as Error).message);
    }
  }
  if (denied) {
    throw new Deno.errors.NotCapable(
      `Cannot train with a BLAS: ${denied} may not be loaded without --allow-ffi=${denied}.`,
    );
  }
  throw new Error(
    `Cannot train with a BLAS: ${failures.join("; ") || noneOf(places)}. ` +
      "Install one (Debian: apt-get install libopenblas0; Fedora: dnf install openblas; macOS has " +
      "one), or name the file of one.",
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

function noneOf(places: readonly string[]): string {
  return places.length > 0
    ? `there is no ${places.join(", no ")}`
    : `${Deno.build.os} has no usual place for one`;
}

/**
 * Loads a library. An OpenBLAS that is older than the processor takes it for a Prescott, of 2004, and is
 * a quarter as fast; told a name that it does not know, it goes by the instructions that it finds.
 */
function load(path: string): Library {
  const library = Deno.dlopen(path, SYMBOLS);
  const variable = "OPENBLAS_CORETYPE";
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  const unknown = coreOf(library) === "Prescott" && state === "granted" && !Deno.env.has(variable);
  if (!unknown) return library;
  library.close();
  Deno.env.set(variable, "by its instructions");
  try {
    return Deno.dlopen(path, SYMBOLS);
  } finally {
    Deno.env.delete(variable);
  }
}

/** Which processor OpenBLAS computes for; undefined for another library. */
function coreOf({ symbols }: Library): string | undefined {
  const name = symbols.openblas_get_corename?.();
  if (!name || !symbols.strncpy) return undefined;
  const bytes = new Uint8Array(32);
  symbols.strncpy(bytes, name, BigInt(bytes.length));
  return new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
}

/** Whether a file is there, or cannot be looked for. */
function mayBeThere(path: string): boolean {
  try {
    return Boolean(Deno.statSync(path));
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** The file behind links, and the version in its name; what has no file is the system's own. */
function identityOf(path: string, core?: string): Pick<Blas, "library" | "version"> {
  const named = (file: string) => file.split("/").at(-1)!;
  try {
    const library = named(Deno.realPathSync(path));
    const version = library.match(/\d+(\.\d+)+/)?.[0] ?? "unknown";
    return { library, version: core ? `${version} for ${core}` : version };
  } catch (error) {
    const ofSystem = error instanceof Deno.errors.NotFound;
    const version = ofSystem ? `${Deno.build.os} ${Deno.osRelease()}` : "unknown";
    return { library: named(path), version };
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
 * enough. One that adds a bias or ends in ReLU stays with our kernels.
 *
 * @returns Whether it was computed.
 */
export function blasProduct(
  memory: ArrayBuffer,
  [M, N, K]: [number, number, number],
  a: Operand,
  b: Operand,
  c: number,
): boolean {
  if (!open || depth === 0 || M * N * K < WORTH_IT) return false;
  const bytes = (at: number) => new Uint8Array(memory, at);
  // deno-fmt-ignore
  open.library.symbols.cblas_sgemm(
    ROW_MAJOR, a.transposed ? TRANSPOSED : PLAIN, b.transposed ? TRANSPOSED : PLAIN, M, N, K,
    1, bytes(a.at), a.stride, bytes(b.at), b.stride, 0, bytes(c), N,
  );
  return true;
}
