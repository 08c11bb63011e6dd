import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { loadFashionMnist } from "../../data/fashion_mnist.ts";
import { escapeShell } from "../../experiments/escape.ts";
import { PRESETS } from "../../experiments/presets.ts";
import { readFolder, writeRecord } from "../../experiments/records.ts";
import { VERSION } from "../../experiments/trial.ts";
import {
  copyPackage,
  filesIn,
  mayMount,
  type MountedFolder,
  namesIn,
  withFolder,
  withMount,
} from "../folders.ts";
import { granted } from "../permissions.ts";
import { syntheticRecord } from "../synthetic_records.ts";

// `deno task train` as a user types it, in a copy of this package that has no results yet.

/** Trials of a second or two each. */
const TWO_TRIALS = ["--preset", "quick", "--only", "mlp-pre,mlp-post", "--trials", "1"];
const FOUR_TRIALS = ["--preset", "quick", "--only", "mlp-pre,mlp-post", "--trials", "2"];

interface TestPackage {
  /** Where it lies. */
  root: URL;
  /** Where the records of preset `quick` belong. */
  records: URL;
}

interface CommandTest {
  name: string;
  ignore?: boolean;
  fn: (copy: TestPackage) => Promise<void>;
}

/** Registers a test that gets a copy of the package. */
function testCommand({ name, ignore, fn }: CommandTest): void {
  Deno.test({
    name,
    ignore: ignore || !granted("read", "write", "run"),
    fn: () =>
      withFolder(async (root) => {
        await copyPackage(root);
        await fn({ root, records: new URL("results/quick/", root) });
      }),
  });
}

/** A command under way. */
class Run {
  /** What it has printed so far. */
  out = "";
  log = "";
  readonly #process: Deno.ChildProcess;
  readonly #ended: Promise<unknown>;
  #onLog: () => void = () => {};

  constructor({ root }: TestPackage, args: string[], folder = root) {
    const cwd = fileURLToPath(folder);
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["task", "train", ...args],
      cwd,
      env: { INIT_CWD: cwd, NO_COLOR: "1" }, // Deno sets INIT_CWD only where it is not set yet
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true, // a process group of its own, as in a shell
    }).spawn();
    this.#ended = Promise.all([
      this.#collect(this.#process.stdout, (text) => this.out += text),
      this.#collect(this.#process.stderr, (text) => {
        this.log += text;
        this.#onLog();
      }),
    ]);
  }

  /** Waits until the log matches. */
  async until(pattern: RegExp): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onLog = () => {
      if (pattern.test(this.log)) resolve();
    };
    this.#onLog();
    await Promise.race([promise, this.#ended]);
    assertMatch(this.log, pattern);
  }

  /** Sends a signal to all its processes, as a terminal does on Ctrl-C. */
  async signal(signal: Deno.Signal): Promise<void> {
    Deno.kill(-this.#process.pid, signal);
    await this.#ended;
  }

  /** Waits for its end and gives the exit status. */
  async status(): Promise<number> {
    await this.#ended;
    return (await this.#process.status).code;
  }

  /** The log without the lines in which Deno names the tasks and what it fetches for them. */
  get lines(): string[] {
    return this.log.trimEnd().split("\n").filter((line) => !/^(Task|Download) /.test(line));
  }

  async #collect(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) add(decoder.decode(bytes, { stream: true }));
  }
}

/** Runs the command to its end and asserts its exit status. */
async function run(copy: TestPackage, args: string[], status: number, folder?: URL): Promise<Run> {
  const command = new Run(copy, args, folder);
  assertEquals(await command.status(), status, command.log);
  return command;
}

/** Asserts that the command said one thing, in one line, without a stack; returns it. */
function onlyLine(command: Run): string {
  assertEquals(command.lines.length, 1, command.log);
  assert(command.lines[0].startsWith("error: "), command.log);
  assertEquals(command.out, "");
  return command.lines[0];
}

/** Writes a record of the quick preset's `mlp-pre` with seed 1 that a run reuses. */
async function writeFinished({ records }: TestPackage): Promise<URL> {
  const [experiment] = PRESETS.quick.experiments.filter(({ name }) => name === "mlp-pre");
  const record = syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.6532, experiment });
  const { checksum } = await loadFashionMnist();
  return await writeRecord(records, {
    ...record,
    data: { name: "fashion-mnist", checksum },
    version: VERSION,
  });
}

// ---- What it does ---------------------------------------------------------------------------------

testCommand({
  name: "train runs what is asked for, says so, and prints the folder of the records",
  async fn(copy) {
    const args = ["--preset", "quick", "--only", "mlp-pre", "--seeds", "2", "--jobs", "1"];
    const command = await run(copy, args, 0);
    assertEquals(command.out, `${fileURLToPath(copy.records)}\n`);
    assertEquals(command.lines.length, 5, command.log);
    assertEquals(
      command.lines[0],
      "Running 1 trial, 1 at a time. Ctrl-C stops; finished trials are kept.",
    );
    assertMatch(
      command.lines[1],
      /^mlp-pre 2: test accuracy \d+\.\d % \(with dataset statistics \d+\.\d %\), loss .*; 1 of 1/,
    );
    assertMatch(
      command.lines[2],
      /^\| test accuracy \(%\) \| trials \| mean \| lowest \| highest \|$/,
    );
    assertEquals(namesIn(copy.records), ["mlp-pre-2.json"]);

    const { records: [record], damaged } = await readFolder(copy.records);
    assertEquals(damaged, []);
    assertEquals(record.environment.jobs, 1);
    const accuracy = (100 * record.test.dataset!.accuracy).toFixed(2);
    assertEquals(command.lines[4], `| mlp-pre | 1 | ${accuracy} | ${accuracy} | ${accuracy} |`);
    assertEquals(
      [record.experiment],
      PRESETS.quick.experiments.filter(({ name }) => name === "mlp-pre"),
    );
  },
});

testCommand({
  name: "train runs the trials that are missing, as many at a time as --jobs says",
  async fn(copy) {
    await writeFinished(copy);
    const before = await filesIn(copy.records);

    const command = await run(copy, [...FOUR_TRIALS, "--jobs", "2"], 0);
    assertEquals(command.lines[0], "Reused 1 trial: mlp-pre 1.");
    assertStringIncludes(command.lines[1], "Running 3 trials, 2 at a time.");
    assertEquals(namesIn(copy.records), [
      "mlp-post-1.json",
      "mlp-post-2.json",
      "mlp-pre-1.json",
      "mlp-pre-2.json",
    ]);
    assertEquals((await filesIn(copy.records))["mlp-pre-1.json"], before["mlp-pre-1.json"]);

    const after = await filesIn(copy.records);
    const again = await run(copy, FOUR_TRIALS, 0);
    assertEquals(again.lines.slice(0, 2), [
      "Reused 4 trials: mlp-pre 1, 2; mlp-post 1, 2.",
      "Nothing is missing.",
    ]);
    assertEquals(await filesIn(copy.records), after);
  },
});

testCommand({
  name: "train --fresh moves the records aside, byte by byte as they were, and starts over",
  async fn(copy) {
    await writeFinished(copy);
    await Deno.writeTextFile(new URL("mlp-post-1.json", copy.records), "damaged");
    const before = await filesIn(copy.records);

    const args = ["--preset", "quick", "--only", "mlp-pre", "--trials", "1", "--fresh"];
    const command = await run(copy, args, 0);
    const [fresh, aside, ...more] = namesIn(new URL("results/", copy.root));
    assertEquals([fresh, more], ["quick", []]);
    assertMatch(aside, /^quick-until-/);
    assertMatch(command.lines[0], /^Moved the records in .*quick\/ aside, to .*quick-until-/);
    assertStringIncludes(command.lines[0], aside);
    assertEquals(await filesIn(new URL(`results/${aside}/`, copy.root)), before);
    assertEquals(namesIn(copy.records), ["mlp-pre-1.json"]);
  },
});

testCommand({
  name: "train --missing names every file that is no record of its trial, and lists the trial",
  async fn(copy) {
    await Deno.mkdir(copy.records, { recursive: true });
    for (const name of ["mlp-pre-1.json", "mlp-post-1.json"]) {
      await Deno.writeTextFile(new URL(name, copy.records), '{"format":3,');
    }
    const { out, lines } = await run(copy, [...TWO_TRIALS, "--missing"], 1);
    assertEquals(lines.length, 2);
    for (const line of lines) assertMatch(line, /mlp-(pre|post)-1\.json is not JSON/);
    assertStringIncludes(out, "Missing of preset quick: 2 of 2 trials.");
  },
});

// ---- What it is stopped by ------------------------------------------------------------------------

const ignoreSignals = Deno.build.os === "windows";

testCommand({
  name: "train that is killed, whenever, loses the trials under way and nothing else",
  ignore: ignoreSignals,
  async fn(copy) {
    const args = [...FOUR_TRIALS, "--jobs", "2"];
    let kept: Record<string, string> = {};
    /** Kills a run when its log matches, and asserts that finished records were left alone. */
    const killAt = async (moment: RegExp) => {
      const command = new Run(copy, args);
      await command.until(moment);
      await command.signal("SIGKILL");
      const { damaged } = await readFolder(copy.records);
      assertEquals(damaged, []);
      const files = await filesIn(copy.records);
      for (const [name, file] of Object.entries(kept)) assertEquals(files[name], file);
      kept = Object.fromEntries(
        Object.entries(files).filter(([name]) => name.endsWith(".json")),
      );
      return command;
    };

    await killAt(/Running 4 trials/);
    assertEquals(kept, {}, "shortly after the start, nothing is finished");

    await killAt(/test accuracy/);
    assert(Object.keys(kept).length >= 1, "one is finished");
    assert(Object.keys(kept).length <= 2, "and one was under way");

    const left = 4 - Object.keys(kept).length;
    await killAt(new RegExp(`(test accuracy[^]*){${left - 1}}`));
    const finished = Object.keys(kept).map((file) => file.replace(/-(\d+)\.json$/, " $1"));
    assert(finished.length >= 3, "near the end, at most one is missing");

    const last = await run(copy, args, 0);
    const reused = last.lines[0].match(/^Reused \d trials: (.*)\.$/)?.[1].split("; ").flatMap(
      (one) => {
        const [name, ...seeds] = one.split(/,? /);
        return seeds.map((seed) => `${name} ${seed}`);
      },
    );
    assertEquals(reused?.sort(), finished.sort());
    const files = await filesIn(copy.records);
    for (const [name, file] of Object.entries(kept)) assertEquals(files[name], file);
    assertEquals((await readFolder(copy.records)).records.length, 4);
  },
});

testCommand({
  name: "train that is stopped by Ctrl-C says what is finished, and goes on when run again",
  ignore: ignoreSignals,
  async fn(copy) {
    const args = [...FOUR_TRIALS, "--jobs", "1"];
    const command = new Run(copy, args);
    await command.until(/: test accuracy/);
    await command.signal("SIGINT");
    assertEquals(await command.status(), 130, command.log);
    // On a busy machine, the signal may come a trial later.
    const stopped = command.lines.at(-1)!.match(
      /^Stopped: (\d) finished in this run, (\d) not run\. The same command goes on from here\.$/,
    );
    const [finished, left] = (stopped ?? []).slice(1).map(Number);
    assertEquals(finished + left, 4, command.log);
    assert(finished >= 1);
    const before = await filesIn(copy.records);
    assertEquals(Object.keys(before).length, finished);

    const again = await run(copy, args, 0);
    assertMatch(again.lines[0], new RegExp(`^Reused ${finished} trials?: mlp-pre 1`));
    const after = await filesIn(copy.records);
    assertEquals(Object.keys(after).length, 4);
    for (const [name, file] of Object.entries(before)) assertEquals(after[name], file);
  },
});

// ---- What it refuses ------------------------------------------------------------------------------

testCommand({
  name: "train refuses a record that was edited by hand, names it, and leaves it as it is",
  async fn(copy) {
    const file = await writeFinished(copy);
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text.replace('"accuracy":0.6532', '"accuracy":0.9532'));
    const before = await filesIn(copy.records);

    const line = onlyLine(await run(copy, TWO_TRIALS, 1));
    assertStringIncludes(line, `${fileURLToPath(file)} has been changed since it was written`);
    assertStringIncludes(line, "--fresh");
    assertEquals(await filesIn(copy.records), before);
  },
});

testCommand({
  name: "train refuses a truncated data file, its own or one of --data, and names it",
  async fn(copy) {
    const folder = new URL("data/fashion-mnist/", copy.root);
    const file = new URL("train-labels-idx1-ubyte.gz", folder);
    await Deno.truncate(fileURLToPath(file), 20_000);

    const embedded = onlyLine(await run(copy, TWO_TRIALS, 1));
    assertStringIncludes(embedded, `${fileURLToPath(file)} has the SHA-256`);

    await Deno.remove(new URL("SHA256SUMS", folder));
    const args = [...TWO_TRIALS, "--data", "fashion-mnist"];
    const given = onlyLine(await run(copy, args, 1, new URL("data/", copy.root)));
    assertStringIncludes(given, `Cannot decompress ${fileURLToPath(file)}`);
  },
});

testCommand({
  name: "train says of each trial that fails why, in one line, and ends with status 1",
  async fn(copy) {
    const trial = new URL("experiments/trial.ts", copy.root);
    const source = await Deno.readTextFile(trial);
    const fault = `if (experiment.name === "mlp-pre") throw new Error("a fault of this trial");`;
    await Deno.writeTextFile(trial, source.replace("const started", `${fault} $&`));
    const command = await run(copy, [...TWO_TRIALS, "--jobs", "1"], 1);
    assertEquals(command.lines.length, 7, command.log); // three of them are the table
    const [, first, second] = command.lines;
    const last = command.lines.at(-1)!;
    assertEquals(first, "mlp-pre 1 FAILED: a fault of this trial");
    assertStringIncludes(second, "mlp-post 1: test accuracy");
    assertStringIncludes(last, "Failed: mlp-pre 1. What is finished is kept");
    assertEquals(namesIn(copy.records), ["mlp-post-1.json"]);
  },
});

testCommand({
  name: "train on too few images says so in one line before it trains",
  async fn(copy) {
    await writeDataset(new URL("small/", copy.root), 24);
    const line = onlyLine(await run(copy, [...TWO_TRIALS, "--data", "small"], 1));
    assertMatch(line, /Cannot run mlp-pre: it takes 3000 train images, and .*small has 22\./);
  },
});

/** Writes a dataset of `count` black training images and as many test images. */
async function writeDataset(folder: URL, count: number): Promise<void> {
  await Deno.mkdir(folder);
  const write = async (name: string, shape: number[]) => {
    const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
    header.setUint32(0, 0x0800 + shape.length);
    shape.forEach((size, axis) => header.setUint32(4 + 4 * axis, size));
    const elements = new Uint8Array(shape.reduce((product, size) => product * size));
    const stream = new Blob([header, elements]).stream();
    const gzip = stream.pipeThrough(new CompressionStream("gzip"));
    await Deno.writeFile(new URL(name, folder), gzip);
  };
  for (const split of ["train", "t10k"]) {
    await write(`${split}-images-idx3-ubyte.gz`, [count, 28, 28]);
    await write(`${split}-labels-idx1-ubyte.gz`, [count]);
  }
}

const ignore = !await mayMount();

/** A test with a file system of its own mounted where the results belong. */
function testWithMount(
  name: string,
  kilobytes: number,
  fn: (copy: TestPackage, mounted: MountedFolder) => Promise<void>,
): void {
  testCommand({
    name,
    ignore,
    async fn(copy) {
      const results = new URL("results/", copy.root);
      await Deno.mkdir(results);
      await withMount(results, kilobytes, (mounted) => fn(copy, mounted));
    },
  });
}

testWithMount("train finds a full disk before it trains", 128, async (copy) => {
  const line = onlyLine(await run(copy, TWO_TRIALS, 1));
  assertMatch(line, /Cannot write .*results\/quick\/.*: No space left on device/);
  assertEquals(namesIn(copy.records), []);
});

testWithMount(
  "train that finds the disk full after a trial says so, and leaves no part of a record",
  1024,
  async (copy, { fill }) => {
    const command = new Run(copy, TWO_TRIALS);
    await command.until(/Running/);
    await fill();
    assertEquals(await command.status(), 1, command.log);
    const errors = command.lines.filter((line) => line.startsWith("error: "));
    assertEquals(errors.length, 1, command.log);
    assertMatch(
      errors[0],
      /Cannot write .*results\/quick\/mlp-.*\.json: No space left on device/,
    );
    assertStringIncludes(errors[0], "run the same command again");
    assert(!command.log.includes("\n    at "), "no stack");
    assertEquals(namesIn(copy.records), []);
  },
);

testWithMount(
  "train finds before it trains that nothing may be written",
  1024,
  async (copy, { setReadOnly }) => {
    await setReadOnly(true);
    const line = onlyLine(await run(copy, TWO_TRIALS, 1));
    assertMatch(line, /Cannot write .*results\/quick\/.*: Read-only file system/);
  },
);

// ---- On a terminal ----------------------------------------------------------------------------------

testCommand({
  name: "train on a terminal draws bars, and its last trial's line is not lost with them",
  // `script` (in Debian's essential bsdutils) gives the command a terminal of its own.
  ignore: Deno.build.os !== "linux",
  async fn(copy) {
    const command = `${Deno.execPath()} task train --preset quick --only mlp-pre --seeds 1`;
    const { code, stdout } = await new Deno.Command("script", {
      args: ["--quiet", "--return", "--command", command, "/dev/null"],
      cwd: copy.root,
      env: { TERM: "xterm" },
      stdin: "null",
    }).output();
    const screen = new TextDecoder().decode(stdout);
    assertEquals(code, 0, screen);
    assertMatch(screen, /mlp-pre 1 +\[[=-]+\] \d+%/);
    assertMatch(screen, /mlp-pre 1: test accuracy .*; 1 of 1/);
  },
});

// ---- Words on the command line --------------------------------------------------------------------

testCommand({
  name: "train --help explains every option and every preset",
  async fn(copy) {
    const { out } = await run(copy, ["--help"], 0);
    const options = [
      "preset",
      "jobs",
      "trials",
      "seeds",
      "only",
      "data",
      "blas",
      "fresh",
      "slice",
      "missing",
      "help",
    ];
    for (const option of options) assertMatch(out, new RegExp(`--${option}\\b.* {2,}\\S`));
    assertEquals(out.match(/^ +(-h, )?--\w+/gm)?.length, options.length, "and no other is there");
    for (const { name, description } of Object.values(PRESETS)) {
      assertStringIncludes(out, `${name}: ${description}`);
    }
  },
});

testCommand({
  name:
    "train --blas says which library is not there, or what to type for one that may not be loaded",
  ignore: Deno.build.os === "windows",
  async fn(copy) {
    const quick = ["--preset", "quick", "--only", "mlp-pre"];
    const none = onlyLine(await run(copy, [...quick, "--blas", "no-such.so"], 1));
    const root = fileURLToPath(copy.root);
    assertStringIncludes(none, `there is no ${root}no-such.so`);
    assertStringIncludes(none, "apt-get install libopenblas0");

    await Deno.writeTextFile(new URL("my blas.so", copy.root), "");
    const { lines } = await run(copy, ["--blas", "my blas.so", ...quick], 1);
    assertStringIncludes(lines[0], `error: Cannot train with a BLAS: ${root}my blas.so may not be`);
    assertStringIncludes(lines[1], ` deno run --allow-read --allow-write=results `);
    assertStringIncludes(lines[1], `INIT_CWD=${escapeShell(root)} `);
    assertStringIncludes(
      lines[1],
      `--allow-ffi='${root}my blas.so' experiments/main.ts --blas 'my blas.so' ${quick.join(" ")}`,
    );
  },
});

testCommand({
  name: "train refuses words that it does not know, and says which it knows",
  async fn(copy) {
    const refused: [args: string[], ...words: string[]][] = [
      [["--preset", "huge"], "'huge' is invalid", "quick, assignment, claims"],
      [["--speed", "9"], "unknown option '--speed'", "--help"],
      [["mlp-pre"], "too many arguments", "--help"],
      [["--jobs", "0"], "'0' is invalid", "1 or more"],
      [["--trials", "2.5"], "'2.5' is invalid"],
      [["--seeds", "1,x"], "'1,x' is invalid"],
      [["--only", "mlp-pre,rnn"], 'experiment "rnn"', "mlp-pre, mlp-post, cnn-pre, cnn-post"],
    ];
    for (const [args, ...words] of refused) {
      const { out, log, lines } = await run(copy, args, 1);
      assertMatch(lines[0], /^error: /);
      for (const word of words) assertStringIncludes(log, word);
      assert(!log.includes("\n    at "), "no stack");
      assertEquals(out, "");
    }
    assert(!namesIn(copy.root).includes("results"), "nothing was begun");
  },
});
