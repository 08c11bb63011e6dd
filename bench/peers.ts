/**
 * The peers: PyTorch in processes of their own, jax-js in a worker. Each waits while others compute.
 *
 * @module
 */
import type { Spec } from "./cases.ts";
import { type Contender, race, type Timing } from "./measure.ts";

/** A contender that lives outside of this thread. */
export interface Peer extends Contender {
  close(): void;
}

/** Raised where a peer cannot be had, with what to do about it. */
export class MissingPeer extends Error {
  override name = "MissingPeer";
}

/** One question and one answer at a time. */
interface Link {
  ask(request: object): Promise<Record<string, unknown>>;
  close(): void;
}

/** The contender at the other end of a link. */
function peer(name: string, about: string, { ask, close }: Link): Peer {
  return {
    name,
    about,
    spent: { seconds: 0, cpu: 0 },
    close,
    prepare: async (spec: Spec) => {
      const { ids } = await ask({ prepare: spec }) as { ids: number[] };
      return ids.map((id) => ({
        time: async (times) => await ask({ time: id, times }) as unknown as Timing,
        stop: async () => void await ask({ stop: id }),
      }));
    },
  };
}

// ---- PyTorch ---------------------------------------------------------------------------------------

const PYTHON = "/usr/bin/python3";
const INSTALL_PYTORCH =
  "On Debian: apt-get install --no-install-recommends python3-torch libopenblas0";

interface Hello {
  version: string;
  blas: { path: string | null; core: string | null };
  coreTypes: string[];
}

/**
 * Keeps memory that was freed. Otherwise the C library may give a step's tensors back to the system
 * and fault them in again in the next one, ten thousand pages and half the time of a CNN's step;
 * whether it does is a matter of luck.
 */
const KEEP_MEMORY = { MALLOC_MMAP_THRESHOLD_: `${2 ** 30}`, MALLOC_TRIM_THRESHOLD_: `${2 ** 31}` };

/** What a PyTorch is told of the machine. */
export interface Tuning {
  /** `OPENBLAS_CORETYPE`: what OpenBLAS takes the processor for; otherwise it finds out itself. */
  core?: string;
  /** Whether it keeps memory that was freed. */
  keepMemory?: boolean;
}

/**
 * A script of peers/ with one thread. Nothing of our environment reaches it, so that it runs as it
 * would at anybody's, tuning apart.
 */
export function python(
  script: string,
  args: string[],
  { core, keepMemory }: Tuning,
  stdin: "piped" | "null" = "null",
): Deno.Command {
  return new Deno.Command(PYTHON, {
    args: ["-B", new URL(`./peers/${script}`, import.meta.url).pathname, ...args],
    clearEnv: true,
    env: {
      PATH: "/usr/bin:/bin",
      OMP_NUM_THREADS: "1",
      OPENBLAS_NUM_THREADS: "1",
      ...(core ? { OPENBLAS_CORETYPE: core } : {}),
      ...(keepMemory ? KEEP_MEMORY : {}),
    },
    stdin,
    stdout: "piped",
    stderr: "piped",
  });
}

async function startPyTorch(
  name: string,
  tuning: Tuning,
): Promise<{ peer: PyTorch; hello: Hello }> {
  let child: Deno.ChildProcess;
  try {
    child = python("pytorch.py", [], tuning, "piped").spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new MissingPeer(`PyTorch is left out: there is no ${PYTHON}. ${INSTALL_PYTORCH}`);
  }
  const errors = new Response(child.stderr).text();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new Lines())
    .getReader();
  const writer = child.stdin.getWriter();
  const answer = async () => {
    const { value } = await lines.read();
    if (value !== undefined) return JSON.parse(value);
    const reason = (await errors).trim().split("\n").at(-1);
    throw new MissingPeer(`PyTorch is left out: ${reason}. ${INSTALL_PYTORCH}`);
  };
  const hello: Hello = await answer();
  const link: Link = {
    ask: async (request) => {
      await writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
      return await answer();
    },
    close: () => void writer.close(),
  };
  const { version, blas } = hello;
  const library = blas.core
    ? `OpenBLAS for ${blas.core}`
    : "Debian's reference BLAS, NOT OpenBLAS (apt-get install libopenblas0)";
  const about = `PyTorch ${version} with ${library} (${blas.path})` +
    (tuning.core ? `, OPENBLAS_CORETYPE=${tuning.core}` : ", as installed") +
    (tuning.keepMemory ? " and freed memory kept" : "");
  return { peer: { ...peer(name, about, link), tuning }, hello };
}

/** A PyTorch, and what it was told. */
export interface PyTorch extends Peer {
  tuning: Tuning;
}

/** Names of PyTorch's columns. */
export const PYTORCH = { installed: "PyTorch as installed", tuned: "PyTorch tuned" };

/**
 * PyTorch as Debian installs it, and tuned: with the `OPENBLAS_CORETYPE` that is fastest here.
 *
 * @param taken What the OpenBLAS as installed takes the processor for, instead of finding out itself:
 * how it would do on a processor that it does not know.
 * @throws {MissingPeer} If it is not there.
 */
export async function pyTorch(taken?: string): Promise<PyTorch[]> {
  const { peer: installed, hello } = await startPyTorch(PYTORCH.installed, { core: taken });
  const tuned: PyTorch[] = [];
  for (const core of hello.blas.core ? hello.coreTypes : []) {
    tuned.push((await startPyTorch(PYTORCH.tuned, { core, keepMemory: true })).peer);
  }
  if (tuned.length === 0) return [installed];
  // A wide layer's product: what the types differ in.
  const spec: Spec = { kind: "product", product: "weights", batch: 64, inputs: 5880, outputs: 100 };
  const seconds = (await race(tuned.map((contender) => ({ contender, spec })), 9))
    .map((found) => found!.median);
  const best = tuned[seconds.indexOf(Math.min(...seconds))];
  for (const peer of tuned) if (peer !== best) peer.close();
  return [installed, best];
}

/** Cuts a stream of text into lines. */
class Lines extends TransformStream<string, string> {
  constructor() {
    let rest = "";
    super({
      transform(chunk, controller) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop()!;
        lines.forEach((line) => controller.enqueue(line));
      },
    });
  }
}

// ---- jax-js ----------------------------------------------------------------------------------------

/**
 * jax-js on its WASM backend.
 *
 * @throws {MissingPeer} If it cannot be loaded.
 */
export async function jaxJs(): Promise<Peer> {
  const worker = new Worker(new URL("./peers/jax_js.ts", import.meta.url), { type: "module" });
  const answer = () =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      worker.onmessage = ({ data }) => data.error ? reject(new Error(data.error)) : resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
  try {
    const { version } = await answer();
    return peer("jax-js", `jax-js ${version}, WASM backend, one thread`, {
      ask: (request) => {
        const reply = answer();
        worker.postMessage(request);
        return reply;
      },
      close: () => worker.terminate(),
    });
  } catch (error) {
    worker.terminate();
    throw new MissingPeer(
      "jax-js is left out: deno install gets @jax-js/jax where npm can be reached.",
      { cause: error },
    );
  }
}
