/**
 * The command behind `deno task bench`: stock TensorFlow.js, ours, and where asked for PyTorch and
 * jax-js, timed in turns on one core, as one table in Markdown.
 *
 * @module
 */
import { InvalidArgumentError, Option } from "commander";
import { prepareBackend } from "../experiments/backend.ts";
import { blasFor } from "../experiments/blas.ts";
import {
  blasOption,
  fromWorkingDirectory,
  list,
  main,
  positive,
  taskCommand,
} from "../experiments/cli.ts";
import { markdownTable, numeric } from "../experiments/markdown.ts";
import { median } from "../findings/statistics.ts";
import { environment } from "../experiments/environment.ts";
import { checkout, meanStatistics, ours, pyTorchs } from "./assignment.ts";
import { type Case, CASES, type Group, GROUPS } from "./cases.ts";
import { best, type Limits, limitsMeter, multiplyAdds } from "./limits.ts";
import { type Contender, OURS, race, type Seconds } from "./measure.ts";
import { jaxJs, MissingPeer, type Peer, pyTorch } from "./peers.ts";
import { findings, type Row, table } from "./table.ts";
import { wide } from "./wide.ts";
import { tensorflow } from "./tensorflow.ts";

interface Flags {
  peers?: boolean;
  blas?: string | true;
  assignment?: boolean;
  wide?: boolean;
  against?: string;
  trials: number;
  repeat?: number;
  only: Group[];
  blasCore?: string;
}

const command = taskCommand(
  "bench",
  "Times kernels and training: TensorFlow.js's kernels against ours, one thread.",
)
  .option("--peers", "PyTorch and jax-js too, where they are installed")
  .addOption(blasOption("ours with a BLAS of the machine too"))
  .option("--assignment", "instead: the whole assignment preset by the clock (minutes)")
  .option("--wide", "instead: whether this Deno computes with vectors of eight")
  .option("--trials <n>", "trials of each of the assignment's experiments", positive, 3)
  .option("--against <folder>", "the assignment in another checkout too", fromWorkingDirectory)
  .option("--repeat <n>", "samples of each (default: 15; of the assignment 1)", positive)
  .addOption(
    new Option("--only <list>", `only these of ${GROUPS.join(", ")}`)
      .argParser(list(group)).default([...GROUPS], "all"),
  )
  .option("--blas-core <type>", "what OpenBLAS as installed takes the processor for")
  .action((flags: Flags) =>
    flags.wide ? vectorsOfEight() : flags.assignment ? assignment(flags) : compare(flags)
  );

async function compare(
  { peers: withPeers, blas, repeat = 15, only, blasCore }: Flags,
): Promise<void> {
  await prepareBackend();
  const limits = await limitsMeter();
  const core = await multiplyAdds();
  const before = limits();
  const { peers, missing } = withPeers ? await findPeers(blasCore) : { peers: [], missing: [] };
  const contenders = [
    tensorflow("stock"),
    tensorflow("own"),
    ...blas ? [tensorflow("own", blasFor(blas))] : [],
    ...peers,
  ];
  const rows: Row[] = [];
  for (const cases of inRaces(CASES.filter(({ group }) => only.includes(group)))) {
    note(cases.map(({ title }) => title).join("; "));
    rows.push(...await rowsOf(cases, contenders, core, repeat));
  }
  const limit = best(before, limits());
  const notes = [machine(), neighbours(rows), ...contenders.map(describe), ...missing];
  peers.forEach((peer) => peer.close());
  const names = contenders.map(({ name }) => name);
  console.log(table(rows, names, limit) + "\n");
  const flops = median(rows.map(({ flops }) => flops));
  console.log(bullets([limitsLine(flops, limit), ...findings(rows, names, limit)]) + "\n");
  console.log(bullets([...notes, `Medians of ${repeat} samples taken in turns; one thread each.`]));
}

/** Epochs of one model are timed together, since their ratio is wanted; all else one by one. */
function inRaces(cases: readonly Case[]): Case[][] {
  const key = ({ spec, title }: Case) => spec.kind === "epoch" ? spec.model : title;
  return [...Map.groupBy(cases, key).values()];
}

async function rowsOf(
  cases: Case[],
  contenders: Contender[],
  core: { contender: Contender; flops: number },
  repeat: number,
): Promise<Row[]> {
  const entrants = cases.flatMap((row) =>
    [core.contender, ...contenders].filter(({ name }) => !(row.withoutStock && name === "stock"))
      .map((contender) => ({ row, contender, spec: row.spec }))
  );
  const results = await race(entrants, repeat);
  return cases.map((row) => {
    const of = (which: keyof Seconds) =>
      Object.fromEntries(
        entrants.map(({ contender }, i) => [contender.name, results[i]?.[which]] as const)
          .filter((_, i) => entrants[i].row === row),
      );
    const fastest = of("fastest");
    const flops = core.flops / fastest[core.contender.name]!;
    return { case: row, seconds: of("median"), fastest, flops };
  });
}

async function findPeers(blasCore?: string): Promise<{ peers: Peer[]; missing: string[] }> {
  const peers: Peer[] = [];
  const missing: string[] = [];
  for (const find of [() => pyTorch(blasCore), async () => [await jaxJs()]]) {
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
function describe({ about, spent }: Contender): string {
  if (spent.cpu === 0) return about;
  const cpu = spent.cpu / spent.seconds;
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

/** On a virtual machine somebody else may use the other half of a core, which no load shows. */
function neighbours(rows: readonly Row[]): string {
  const ratio = median(rows.map(({ seconds, fastest }) => seconds[OURS]! / fastest[OURS]!));
  return `ours: the median sample took ${ratio.toFixed(2)} times as long as the fastest one` +
    (ratio > 1.2 ? ": SOMEBODY ELSE USED THE CORE TOO, medians are of a part of it" : "");
}

function limitsLine(flops: number, { bytes, bytesBeyondCache }: Limits): string {
  const giga = (value: number) => (value / 1e9).toFixed(1);
  return `Limits of one core in WebAssembly: ${giga(flops)} GFLOP/s in multiply-adds of four; ` +
    `copying 12.8 MB ${giga(bytes)} GB/s and 100 MB ${giga(bytesBeyondCache)} GB/s, read + written`;
}

async function vectorsOfEight(): Promise<void> {
  const { plain, wide: eight } = await wide();
  const gain = eight / plain;
  console.log(
    `64×784 · 784×256: ${plain.toFixed(1)} GFLOP/s, with V8's revectorizer ${eight.toFixed(1)}. ` +
      (gain > 1.2
        ? `This Deno gains ${gain.toFixed(2)}× from it.`
        : "This Deno gains nothing from it; kernels/README.md says why."),
  );
  console.log(bullets([machine()]));
}

/** The whole assignment, everybody in turns. */
async function assignment(flags: Flags): Promise<void> {
  const { peers: withPeers, blas, blasCore, trials, against, repeat = 1 } = flags;
  const before = machine(); // its load without what follows
  const peers = withPeers ? await pyTorch(blasCore) : [];
  peers.forEach((peer) => peer.close());
  const runners = [
    ours(),
    ...blas ? [ours(blasFor(blas))] : [],
    ...against ? [checkout(against)] : [],
    ...peers.map(({ name, tuning }) => pyTorchs(name, tuning)),
  ];
  const seconds = runners.map((): number[] => []);
  for (let round = 0; round < repeat; round++) {
    for (const [i, runner] of runners.entries()) {
      seconds[i].push(await runner.run(trials));
      note(`${runner.name}: ${seconds[i].at(-1)!.toFixed(1)} s`);
    }
  }
  const medians = seconds.map(median);
  const statistics = await Promise.all(
    runners.map(({ records }) => records ? meanStatistics(records) : undefined),
  );
  const rows = runners.map(({ name }, i) => [
    name,
    medians[i].toFixed(1),
    `${(medians[i] / medians[0]).toFixed(2)}×`,
    statistics[i]?.toFixed(1) ?? "–",
    statistics[i] ? (statistics[0]! / statistics[i]).toFixed(2) : "–",
  ]);
  const what = `assignment, ${trials} trials of each`;
  const columns = numeric("seconds", "ours vs it", "dataset statistics of a CNN, s", "ours of it");
  console.log(markdownTable([what, ...columns], rows) + "\n");
  console.log(bullets([
    before,
    ...peers.map(({ about }) => about),
    `Medians of ${repeat} in turns; ${navigator.hardwareConcurrency} trials side by side.`,
  ]));
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}

/** Says how far it is, apart from the results. */
function note(line: string): void {
  console.error(line);
}

function group(name: string): Group {
  const known = GROUPS.find((group) => group === name);
  if (known) return known;
  throw new InvalidArgumentError(`There are ${GROUPS.join(", ")}.`);
}

await main(command);
