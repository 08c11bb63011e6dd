/**
 * The command behind `deno task bench`: stock TensorFlow.js, ours, and where asked for PyTorch and
 * jax-js, timed in turns on one core, as one table in Markdown.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { prepareBackend } from "../experiments/backend.ts";
import { main } from "../experiments/cli.ts";
import { UsageError } from "../experiments/usage_error.ts";
import { environment } from "../experiments/environment.ts";
import { DEFAULTS } from "../experiments/experiment.ts";
import { ourAssignment, pyTorchAssignment } from "./assignment.ts";
import { type Case, CASES, type Group, GROUPS } from "./cases.ts";
import { best, type Limits, limitsMeter } from "./limits.ts";
import { type Contender, type Entrant, race } from "./measure.ts";
import { jaxJs, MissingPeer, type Peer, type PyTorch, pyTorch } from "./peers.ts";
import { findings, type Row, table } from "./table.ts";
import { tensorflow } from "./tensorflow.ts";

interface Flags {
  peers?: boolean;
  assignment?: boolean;
  json?: boolean;
  repeat: number;
  only: Group[];
  epochs: number;
  images: number;
  trials: number;
  blasCore?: string;
}

const command = new Command("deno task bench")
  .description("Times kernels and training: TensorFlow.js's kernels against ours, one thread.")
  .option("--peers", "PyTorch and jax-js too, where they are installed")
  .option("--assignment", "instead: the whole assignment preset, ours and PyTorch's (minutes)")
  .option("--json", "print JSON")
  .option("--repeat <n>", "samples of each; medians are shown", positive, 15)
  .addOption(
    new Option("--only <list>", `only these of ${GROUPS.join(", ")}`)
      .argParser(groups).default([...GROUPS], "all"),
  )
  .option("--blas-core <type>", "what OpenBLAS as installed takes the processor for")
  .option("--epochs <n>", "less of the assignment, for trying", positive, DEFAULTS.epochs)
  .option("--images <n>", "training images of the assignment", positive, DEFAULTS.images.train)
  .option("--trials <n>", "trials of each of the assignment's experiments", positive, 3)
  .helpOption("-h, --help", "show this help")
  .showHelpAfterError("Add --help to see the options.")
  .allowExcessArguments(false)
  .action((flags: Flags) => flags.assignment ? assignment(flags) : compare(flags));

async function compare({ peers: withPeers, json, repeat, only, blasCore }: Flags): Promise<void> {
  await prepareBackend();
  const limits = await limitsMeter();
  const before = limits();
  const { peers, missing } = withPeers ? await findPeers(blasCore) : { peers: [], missing: [] };
  const contenders = [tensorflow("stock"), tensorflow("own"), ...peers];
  const rows: Row[] = [];
  for (const cases of inRaces(CASES.filter(({ group }) => only.includes(group)))) {
    note(cases.map(({ title }) => title).join("; "));
    rows.push(...await rowsOf(cases, contenders, repeat));
  }
  const limit = best(before, limits());
  const notes = [machine(), ...contenders.map(describe), ...missing];
  peers.forEach((peer) => peer.close());
  const names = contenders.map(({ name }) => name);
  if (json) {
    console.log(JSON.stringify({ notes, limits: limit, repeat, rows }, null, 2));
    return;
  }
  console.log(table(rows, names, limit) + "\n");
  console.log(list([limitsLine(limit), ...findings(rows, names)]) + "\n");
  console.log(list([...notes, `Medians of ${repeat} samples taken in turns; one thread each.`]));
}

/** Epochs of one model are timed together, since their ratio is wanted; all else one by one. */
function inRaces(cases: readonly Case[]): Case[][] {
  const key = ({ spec, title }: Case) => spec.kind === "epoch" ? spec.model : title;
  return [...Map.groupBy(cases, key).values()];
}

async function rowsOf(cases: Case[], contenders: Contender[], repeat: number): Promise<Row[]> {
  const plan = cases.flatMap((row) =>
    contenders.filter(({ name }) => !(row.withoutStock && name === "stock"))
      .map((contender) => ({ row, entrant: { contender, spec: row.spec } as Entrant }))
  );
  const results = await race(plan.map(({ entrant }) => entrant), repeat);
  return cases.map((row) => ({
    case: row,
    seconds: Object.fromEntries(
      plan.map(({ entrant }, i) => [entrant.contender.name, results[i]?.seconds] as const)
        .filter((_, i) => plan[i].row === row),
    ),
  }));
}

async function findPeers(blasCore?: string): Promise<{ peers: Peer[]; missing: string[] }> {
  const peers: Peer[] = [];
  const missing: string[] = [];
  for (const find of [async () => (await pyTorch(blasCore)).peers, async () => [await jaxJs()]]) {
    try {
      peers.push(...await find());
    } catch (error) {
      if (!(error instanceof MissingPeer)) throw error;
      missing.push(error.message);
    }
  }
  missing.forEach(note);
  return { peers, missing };
}

/** A contender, and whether it kept to one thread; compiling and collecting garbage take a little. */
function describe({ about, cpuPerSecond }: Contender): string {
  const cpu = cpuPerSecond();
  if (cpu === undefined) return about;
  const verdict = cpu > 1.15 ? ": MORE THAN ONE THREAD" : cpu < 0.9 ? ": the machine was busy" : "";
  return `${about}; processor time / wall time ${cpu.toFixed(2)}${verdict}`;
}

function machine(): string {
  const { cpu, cores, deno, tensorflow } = environment(1);
  const date = new Date().toISOString().slice(0, 10);
  const load = Deno.loadavg()[0];
  return `${date}, ${cpu}, ${cores} cores, Deno ${deno}, TensorFlow.js ${tensorflow}, load ` +
    load.toFixed(1) + (load > 1.5 ? ": THE MACHINE WAS BUSY, the numbers are noisy" : "");
}

function limitsLine({ flops, bytes, bytesBeyondCache }: Limits): string {
  const giga = (value: number) => (value / 1e9).toFixed(1);
  return `Limits of one core in WebAssembly: ${giga(flops)} GFLOP/s in multiply-adds of four; ` +
    `copying 12.8 MB ${giga(bytes)} GB/s and 100 MB ${giga(bytesBeyondCache)} GB/s, read + written`;
}

/** Decides the layout of images in PyTorch's trials. */
const CNN_STEP = { kind: "step", model: "cnn", placement: "pre", batch: 64 } as const;

async function assignment({ epochs, images, trials, json, blasCore }: Flags): Promise<void> {
  const jobs = navigator.hardwareConcurrency;
  const options = { epochs, images, trials, jobs };
  const seconds: Record<string, number> = {};
  note("ours");
  seconds.ours = await ourAssignment(options);
  let peers: PyTorch | undefined;
  try {
    peers = await pyTorch(blasCore);
  } catch (error) {
    if (!(error instanceof MissingPeer)) throw error;
    note(error.message);
  }
  if (peers) {
    const notes = peers.peers.map(({ about }) => about);
    const entrants = peers.peers.map((contender) => ({ contender, spec: CNN_STEP }));
    const layouts = (await race(entrants, 9)).map((result) => result!.way!);
    peers.peers.forEach((peer) => peer.close());
    for (const [i, { name }] of peers.peers.entries()) {
      note(`${name}, CNN ${layouts[i]}`);
      seconds[name] = await pyTorchAssignment(options, layouts[i], peers.tunings[i]);
    }
    notes.forEach(note);
  }
  if (json) {
    console.log(JSON.stringify({ options, seconds }, null, 2));
    return;
  }
  console.log(list([
    machine(),
    `${4 * trials} trials, ${epochs} epochs, ${images} images, ${jobs} side by side`,
    ...Object.entries(seconds).map(([name, value]) =>
      `${name}: ${value.toFixed(1)} s` +
      (name === "ours" ? "" : `, ours ${(value / seconds.ours).toFixed(2)}× as fast`)
    ),
  ]));
}

const list = (lines: string[]) => lines.map((line) => `- ${line}`).join("\n");

/** Says how far it is, apart from the results. */
function note(line: string): void {
  console.error(line);
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a whole number, 1 or more.");
}

function groups(text: string): Group[] {
  const chosen = text.split(",").map((name) => name.trim());
  const unknown = chosen.find((name) => !(GROUPS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`Cannot measure "${unknown}": there are ${GROUPS.join(", ")}.`);
  }
  return chosen as Group[];
}

await main(command);
