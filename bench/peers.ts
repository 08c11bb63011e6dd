/**
 * The peers: PyTorch in processes of their own, jax-js in a worker. Each waits while others compute.
 *
 * @module
 */
import type { Spec } from "./cases.ts";
import type { Contender } from "./measure.ts";

/** A contender that lives outside of this thread. */
export interface Peer extends Contender {
  /** In which memory layout a computation is faster, by the peer's name for it. */
  layoutOf(spec: Spec): Promise<string>;
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
  const spent = { seconds: 0, cpu: 0 };
  return {
    name,
    about,
    cpuPerSecond: () => spent.cpu > 0 ? spent.cpu / spent.seconds : undefined,
    close,
    layoutOf: async (spec) => {
      const { id, layout } = await ask({ prepare: spec });
      await ask({ stop: id });
      return `${layout}`;
    },
    prepare: async (spec: Spec) => {
      const { id } = await ask({ prepare: spec });
      if (typeof id !== "number") return undefined;
      return {
        time: async (times) => {
          const { seconds, cpu } = await ask({ time: id, times }) as Record<string, number>;
          spent.seconds += seconds * times;
          spent.cpu += (cpu ?? 0) * times;
          return seconds;
        },
        stop: async () => void await ask({ stop: id }),
      };
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
 * A command of peers/ with one thread. Nothing of our environment reaches it, so that OpenBLAS takes
 * the processor for what it would at anybody's, or for what `core` says.
 */
export function python(script: string, args: string[], core?: string): Deno.Command {
  const path = new URL(`./peers/${script}`, import.meta.url).pathname;
  return new Deno.Command(PYTHON, {
    args: ["-B", path, ...args],
    clearEnv: true,
    env: {
      PATH: "/usr/bin:/bin",
      OMP_NUM_THREADS: "1",
      OPENBLAS_NUM_THREADS: "1",
      ...(core ? { OPENBLAS_CORETYPE: core } : {}),
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
}

async function startPyTorch(name: string, core?: string): Promise<{ peer: Peer; hello: Hello }> {
  let child: Deno.ChildProcess;
  try {
    child = python("pytorch.py", [], core).spawn();
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
    (core ? `, OPENBLAS_CORETYPE=${core}` : ", as installed");
  return { peer: peer(name, about, link), hello };
}

/** Names of PyTorch's columns. */
export const PYTORCH = { installed: "PyTorch as installed", tuned: "PyTorch tuned" };

/**
 * PyTorch as Debian installs it, and with the `OPENBLAS_CORETYPE` that is fastest on this processor.
 *
 * @returns Both peers, and the type chosen.
 * @throws {MissingPeer} If it is not there.
 */
export async function pyTorch(): Promise<{ peers: Peer[]; core?: string }> {
  const installed = await startPyTorch(PYTORCH.installed);
  if (!installed.hello.blas.core) return { peers: [installed.peer] };
  let fastest: { core: string; peer: Peer; seconds: number } | undefined;
  for (const core of installed.hello.coreTypes) {
    const { peer } = await startPyTorch(PYTORCH.tuned, core);
    const seconds = await trial(peer);
    if (fastest && fastest.seconds <= seconds) {
      peer.close();
    } else {
      fastest?.peer.close();
      fastest = { core, peer, seconds };
    }
  }
  return { peers: [installed.peer, ...(fastest ? [fastest.peer] : [])], core: fastest?.core };
}

/** Seconds of an MLP step and a CNN step, the best of a few: both depend on the products. */
async function trial(peer: Peer): Promise<number> {
  let sum = 0;
  for (const model of ["mlp", "cnn"] as const) {
    const running = await peer.prepare({ kind: "step", model, placement: "pre", batch: 64 });
    const samples = [];
    for (let i = 0; i < 4; i++) samples.push(await running!.time(model === "mlp" ? 20 : 2));
    sum += Math.min(...samples) * (model === "mlp" ? 20 : 1);
    await running!.stop();
  }
  return sum;
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
