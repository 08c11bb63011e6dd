import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { DataError } from "../../data/data_error.ts";
import type { Experiment } from "../../experiments/experiment.ts";
import type { Preset } from "../../experiments/presets.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { readFolder, RecordError, writeRecord } from "../../experiments/records.ts";
import type { Reporter, Trial } from "../../experiments/reporter.ts";
import { folderOf, type RunOutcome, runPreset } from "../../experiments/run.ts";
import { runTrial } from "../../experiments/trial.ts";
import { closeBlas, openBlas } from "../../kernels/mod.ts";
import { useBackend } from "../backends.ts";
import { hasBlas } from "../blas.ts";
import { filesIn, mayMount, namesIn, withFolder, withMount } from "../folders.ts";
import { granted } from "../permissions.ts";
import { tinyData, tinyExperiment } from "../tiny_trials.ts";

// Real workers on the WASM backend, side by side, on 48 made-up images.

const DATA = tinyData();

const PRESET: Preset = {
  name: "tiny",
  description: "for tests",
  experiments: [
    tinyExperiment({ name: "a", placement: "pre" }),
    tinyExperiment({ name: "b", placement: "post" }),
  ],
  trials: 2,
};

/** One that no test has the time to see the end of. */
const ENDLESS = tinyExperiment({ name: "endless", epochs: 1_000_000 });

/** One that its worker cannot run: no epoch has a whole batch of so many images. */
const IMPOSSIBLE = tinyExperiment({ name: "impossible", batchSize: 1000 });

function presetOf(...experiments: Experiment[]): Preset {
  return { ...PRESET, experiments, trials: 1 };
}

/** Registers a test that gets the URL of a folder for records, which does not exist yet. */
function testRun(name: string, fn: (folder: URL) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !granted("read", "write"),
    fn: () => withFolder((parent) => fn(new URL("records/", parent))),
  });
}

function nameOf({ experiment, seed }: Trial): string {
  return `${experiment.name} ${seed}`;
}

function namesOf(trials: Trial[]): string[] {
  return trials.map(nameOf).sort();
}

/** Notes down what it hears, but for progress; `on` may react to an event. */
class Notes implements Reporter {
  readonly events: string[] = [];
  readonly #on: (event: string) => void;

  constructor(on: (event: string) => void = () => {}) {
    this.#on = on;
  }

  moved(_from: URL, to: URL): void {
    this.#note(`moved aside to ${basename(to.pathname)}`);
  }
  plan(missing: Trial[], reused: Trial[], jobs: number): void {
    this.#note(`plan: run ${missing.map(nameOf)}; reuse ${reused.map(nameOf)}; ${jobs} at a time`);
  }
  started(trial: Trial): void {
    this.#note(`started ${nameOf(trial)}`);
  }
  progress(trial: Trial): void {
    this.#on(`progress ${nameOf(trial)}`);
  }
  finished(trial: Trial, record: TrialRecord): void {
    assertEquals([record.experiment.name, record.seed], [trial.experiment.name, trial.seed]);
    this.#note(`finished ${nameOf(trial)}`);
  }
  reused(trial: Trial): void {
    this.#note(`reused ${nameOf(trial)}`);
  }
  failed(trial: Trial, error: Error): void {
    this.#note(`failed ${nameOf(trial)}: ${error.message}`);
  }
  end(): void {
    this.#note("end");
  }

  #note(event: string): void {
    this.events.push(event);
    this.#on(event);
  }
}

// ---- A run and the next one -----------------------------------------------------------------------

testRun(
  "a run gives each trial its record, the same whether two run side by side or one",
  async (folder) => {
    const notes = new Notes();
    const outcome = await runPreset(PRESET, { data: DATA, folder, jobs: 2, reporter: notes });
    assertEquals(namesOf(outcome.finished), ["a 1", "a 2", "b 1", "b 2"]);
    assertEquals([outcome.reused, outcome.failed, outcome.dropped], [[], [], []]);
    assertEquals(namesIn(folder), [
      "a-1.json",
      "a-2.json",
      "b-1.json",
      "b-2.json",
    ]);

    // The order of what was heard: the plan, each trial's start before its end, the end.
    assertEquals(notes.events[0], "plan: run a 1,b 1,a 2,b 2; reuse ; 2 at a time");
    assertEquals(notes.events.slice(1, 3).sort(), ["started a 1", "started b 1"]);
    for (const name of ["a 1", "a 2", "b 1", "b 2"]) {
      assertGreater(notes.events.indexOf(`started ${name}`), 0);
      assertLess(notes.events.indexOf(`started ${name}`), notes.events.indexOf(`finished ${name}`));
    }
    assertEquals(notes.events.length, 1 + 4 + 4 + 1);
    assertEquals(notes.events.at(-1), "end");

    const serial = new URL("../serial/", folder);
    await runPreset(PRESET, { data: DATA, folder: serial, jobs: 1 });
    const weights = async (folder: URL) =>
      (await readFolder(folder)).records.map((record) => record.weights);
    assertEquals(await weights(folder), await weights(serial));
    assertEquals(new Set(await weights(folder)).size, 4);
  },
);

testRun(
  "a run reuses finished trials, which keep their bytes, and runs the missing ones",
  async (folder) => {
    await runPreset(PRESET, { data: DATA, folder, trials: 1 });
    const before = await filesIn(folder);

    const notes = new Notes();
    const outcome = await runPreset(PRESET, { data: DATA, folder, jobs: 2, reporter: notes });
    assertEquals(namesOf(outcome.reused), ["a 1", "b 1"]);
    assertEquals(namesOf(outcome.finished), ["a 2", "b 2"]);
    assertEquals(notes.events[0], "plan: run a 2,b 2; reuse a 1,b 1; 2 at a time");
    const after = await filesIn(folder);
    for (const [name, file] of Object.entries(before)) assertEquals(after[name], file);

    const again = new Notes();
    const nothing = await runPreset(PRESET, { data: DATA, folder, reporter: again });
    assertEquals([nothing.reused.length, nothing.finished.length], [4, 0]);
    assertEquals(again.events, ["plan: run ; reuse a 1,b 1,a 2,b 2; 0 at a time", "end"]);
    assertEquals(await filesIn(folder), after);
  },
);

testRun(
  "a run takes records from another folder too, where they are the very same",
  async (folder) => {
    await runPreset(PRESET, { data: DATA, folder, trials: 1 });
    const before = await filesIn(folder);
    const own = new URL("../own/", folder);
    const outcome = await runPreset(PRESET, { data: DATA, folder: own, alsoFrom: folder });
    assertEquals(namesOf(outcome.reused), ["a 1", "b 1"]);
    assertEquals(namesIn(own), ["a-2.json", "b-2.json"]);
    assertEquals(
      outcome.records.map(({ experiment, seed }) => `${experiment.name} ${seed}`),
      ["a 1", "b 1", "a 2", "b 2"],
    );
    assertEquals(await filesIn(folder), before);

    const otherData = { ...DATA, checksum: "fedcba9876543210".repeat(4) };
    const other = new URL("../other/", folder);
    const anew = await runPreset(PRESET, { data: otherData, folder: other, alsoFrom: folder });
    assertEquals([anew.reused.length, anew.finished.length], [0, 4]);
  },
);

testRun("a worker gives the same weights as the same trial in this process", async (folder) => {
  const [experiment] = PRESET.experiments;
  await runPreset(presetOf(experiment), { data: DATA, folder });
  await useBackend("wasm");
  const { weights } = await runTrial(experiment, 1, DATA);
  assertEquals((await readFolder(folder)).records.map((record) => record.weights), [weights]);
});

testRun(
  "a run takes the experiments, the seeds and the number of trials it is told",
  async (folder) => {
    const planned = async (options: { only?: string[]; seeds?: number[]; trials?: number }) => {
      const notes = new Notes();
      const signal = AbortSignal.abort(); // the plan is enough
      await runPreset(PRESET, { data: DATA, folder, jobs: 1, reporter: notes, signal, ...options });
      return notes.events[0].match(/run (.*?);/)![1];
    };
    assertEquals(await planned({}), "a 1,b 1,a 2,b 2");
    assertEquals(await planned({ only: ["b"] }), "b 1,b 2");
    assertEquals(await planned({ trials: 3, only: ["a"] }), "a 1,a 2,a 3");
    assertEquals(await planned({ seeds: [7, 5] }), "a 7,b 7,a 5,b 5");
  },
);

Deno.test("a preset's records live in results/, in a folder of its name", () => {
  assertEquals(folderOf(PRESET), new URL("../../results/tiny/", import.meta.url));
});

testRun("a fresh run moves the old records aside, all of them, and starts over", async (folder) => {
  const preset = presetOf(...PRESET.experiments);
  await runPreset(preset, { data: DATA, folder });
  const before = await filesIn(folder);

  const notes = new Notes();
  const outcome = await runPreset(preset, {
    data: DATA,
    folder,
    only: ["a"],
    fresh: true,
    reporter: notes,
  });
  assertEquals(namesOf(outcome.finished), ["a 1"]);
  assertEquals(namesIn(folder), ["a-1.json"]);

  const folders = namesIn(new URL("..", folder));
  assertEquals([folders.length, folders[0]], [2, "records"]);
  assertMatch(folders[1], /^records-until-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}$/);
  assertEquals(await filesIn(new URL(`../${folders[1]}/`, folder)), before);
  assertEquals(notes.events[0], `moved aside to ${folders[1]}`);
});

testRun("a run whose data are too few is refused before any training", async (folder) => {
  const experiment = tinyExperiment({ name: "a" });
  const images = { ...experiment.images, test: DATA.test.count + 1 };
  const preset = presetOf({ ...experiment, images });
  await assertRejects(
    () => runPreset(preset, { data: DATA, folder }),
    DataError,
    `Cannot run a: it takes ${images.test} test images, and ${DATA.source} has ${DATA.test.count}`,
  );
  await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
});

testRun("a fresh run where there are no records yet is an ordinary run", async (folder) => {
  const outcome = await runPreset(presetOf(PRESET.experiments[0]), {
    data: DATA,
    folder,
    fresh: true,
  });
  assertEquals(namesOf(outcome.finished), ["a 1"]);
  assertEquals(namesIn(new URL("..", folder)).length, 1);
});

// ---- Records that must not be used ----------------------------------------------------------------

const RECORD = granted("read") ? await finishedTrial() : undefined;

/** The record of the preset's first trial. */
async function finishedTrial(): Promise<TrialRecord> {
  await useBackend("cpu");
  return await runTrial(PRESET.experiments[0], 1, DATA);
}

/** A test that this file in the place of the first trial's record stops a run, with these words. */
function testStop(name: string, write: (folder: URL) => Promise<void>, ...words: string[]): void {
  testRun(`a run stops at ${name}, says so, and says the ways out`, async (folder) => {
    await Deno.mkdir(folder);
    await write(folder);
    const before = await filesIn(folder);
    const notes = new Notes();
    const run = () => runPreset(PRESET, { data: DATA, folder, reporter: notes });
    const { message } = await assertRejects(run, RecordError);
    for (const word of [fileURLToPath(new URL("a-1.json", folder)), ...words]) {
      assertStringIncludes(message, word);
    }
    assertStringIncludes(message, "Move the file away");
    assertStringIncludes(message, "--fresh");
    assertEquals(notes.events, [], "nothing is begun");
    assertEquals(await filesIn(folder), before, "nothing is touched");
  });
}

/** Writes the first trial's record with changes; its checksum is right. */
function changed(changes: Partial<TrialRecord>): (folder: URL) => Promise<void> {
  return async (folder) => void await writeRecord(folder, { ...RECORD!, ...changes });
}

testStop(
  "a record of another configuration",
  (folder) => changed({ experiment: { ...RECORD!.experiment, epochs: 7, batchSize: 8 } })(folder),
  "epochs is 7, not 1",
  "batchSize is 8, not 16",
);
testStop(
  "a record of fewer images",
  (folder) => {
    const images = { ...RECORD!.experiment.images, train: 40 };
    return changed({ experiment: { ...RECORD!.experiment, images } })(folder);
  },
  'images is {"train":40,"validation":20,"test":20}, not {"train":48,',
);
testStop(
  "a record of other data",
  changed({ data: { name: "made-up", checksum: "f00" } }),
  `data checksum is "f00", not "${DATA.checksum}"`,
);
testStop(
  "a record of another version of the package",
  changed({ version: "0.0.1" }),
  'package version is "0.0.1", not "',
);
testStop(
  "a record of other kernels",
  changed({ kernels: "stock" }),
  'kernels is "stock", not "own"',
);
testStop(
  "a record made with a BLAS",
  changed({ blas: { library: "libopenblas.so.0", version: "0.3.21" } }),
  'kernels is "own and libopenblas.so.0 0.3.21", not "own"',
);
if (hasBlas()) {
  testRun(
    "what a BLAS trained says so, and is not taken for what our kernels train",
    async (folder) => {
      const preset = presetOf(PRESET.experiments[0]);
      const blas = openBlas();
      try {
        const { records: [record] } = await runPreset(preset, { data: DATA, folder, blas });
        assertEquals(record.blas, { library: blas.library, version: blas.version });
        const again = await runPreset(preset, { data: DATA, folder, blas });
        assertEquals(namesOf(again.reused), ["a 1"]);
        await assertRejects(
          () => runPreset(preset, { data: DATA, folder }),
          RecordError,
          `kernels is "own and ${blas.library} ${blas.version}", not "own"`,
        );
      } finally {
        closeBlas();
      }
    },
  );
}
testStop(
  "another trial's record under this trial's name",
  async (folder) => {
    const file = await writeRecord(folder, { ...RECORD!, seed: 2 });
    await Deno.rename(file, new URL("a-1.json", folder));
  },
  "seed is 2, not 1",
);
testStop(
  "a damaged record",
  (folder) => Deno.writeTextFile(new URL("a-1.json", folder), '{"format":1,'),
  "is not JSON",
);

testRun("a record that differs only in where and when it was made is used", async (folder) => {
  const environment = { ...RECORD!.environment, cpu: "another", cores: 64, jobs: 9, os: "plan9" };
  const data = { ...RECORD!.data, name: "a-copy-of-it" };
  await changed({ environment, data, started: "2020-01-01T00:00:00.000Z" })(folder);
  const outcome = await runPreset(presetOf(PRESET.experiments[0]), { data: DATA, folder });
  assertEquals(namesOf(outcome.reused), ["a 1"]);
});

testRun("a half-written record of a day ago is cleared away, and nothing else", async (folder) => {
  await Deno.mkdir(folder, { recursive: true });
  const id = "0f9e8d7c-1234-4abc-8def-0123456789ab";
  const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
  for (
    const [name, time] of [
      [`a-1.json.${id}.tmp`, yesterday],
      [`a-2.json.${id}.tmp`, new Date()], // another run may be writing it
      ["my-notes.tmp", yesterday],
    ] as const
  ) {
    await Deno.writeTextFile(new URL(name, folder), "half a rec");
    await Deno.utime(new URL(name, folder), time, time);
  }
  await runPreset(presetOf(PRESET.experiments[0]), { data: DATA, folder });
  assertEquals(namesIn(folder), ["a-1.json", `a-2.json.${id}.tmp`, "my-notes.tmp"]);
});

testRun(
  "a trial that another run trained to other weights at the same time has failed",
  async (folder) => {
    const other = { ...RECORD!, fused: true, weights: "0".repeat(64) };
    const writing: Promise<URL>[] = [];
    const reporter = new Notes((event) => {
      if (event === "started a 1") writing.push(writeRecord(folder, other));
    });
    const preset = presetOf(PRESET.experiments[0]);
    const { failed, finished } = await runPreset(preset, { data: DATA, folder, reporter });
    await Promise.all(writing);
    assertEquals(finished, []);
    assertMatch(failed[0].error.message, /trained it to other weights, which no machine should/);
  },
);

testRun("only the trials asked for are looked at", async (folder) => {
  await changed({})(folder);
  await Deno.writeTextFile(new URL("b-1.json", folder), "damaged");
  const outcome = await runPreset(PRESET, { data: DATA, folder, only: ["a"], seeds: [1] });
  assertEquals(namesOf(outcome.reused), ["a 1"]);
});

// ---- Options that cannot be -----------------------------------------------------------------------

const REFUSED: [options: Record<string, unknown>, words: string][] = [
  ...[0, -1, 1.5, NaN, Infinity, "2", null].flatMap((value) =>
    ["jobs", "trials"].map((option): [Record<string, unknown>, string] => [
      { [option]: value },
      `with ${option} ${JSON.stringify(value) === "null" ? value : JSON.stringify(value)}: ` +
      "it must be a whole number, 1 or more.",
    ])
  ),
  ...[-1, 0.5, NaN, 2 ** 32, "1", undefined].map((seed): [Record<string, unknown>, string] => [
    { seeds: [1, seed] },
    `with seed ${typeof seed === "string" ? '"1"' : seed}: it must be a whole number from 0 to 42`,
  ]),
  [{ seeds: [2, 1, 2] }, "with seed 2 twice"],
  [{ seeds: [] }, "with seeds []: name one at least"],
  [{ seeds: 3 }, "with seeds 3: it must be an array"],
  [{ only: [] }, "with only []: name one at least"],
  [{ only: "a" }, 'with only "a": it must be an array'],
  [{ only: ["a", "c"] }, 'experiment "c": preset tiny has a, b.'],
  [{ fresh: "yes" }, 'fresh "yes": it must be true or false'],
  [{ folder: "results" }, 'folder "results": it must be a URL that ends in /'],
  [{ folder: new URL("file:///results") }, "it must be a URL that ends in /"],
  [{ seed: [1] }, 'an option "seed": there is none of that name; did you mean "seeds"?'],
  [{ epochs: 3 }, 'an option "epochs"'],
  [{ data: {} }, "with data an object: it must be a data set, from loadFashionMnist()"],
  [{ data: undefined }, "with data undefined: it must be a data set"],
];

testRun("a run with options that cannot be is refused, and nothing is done", async (folder) => {
  for (const [options, words] of REFUSED) {
    const notes = new Notes();
    const run = () => runPreset(PRESET, { data: DATA, folder, reporter: notes, ...options });
    const { message } = await assertRejects(run, Error);
    assertStringIncludes(message, words);
    assertEquals(notes.events, []);
  }
  await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
});

testRun("a preset that cannot be run is refused: no preset, no trials, odd settings", async () => {
  const refused: [preset: unknown, words: string][] = [
    ["quick", 'Cannot run "quick": it is no preset'],
    [undefined, "Cannot run undefined: it is no preset"],
    [{ ...PRESET, trials: 0 }, "with trials 0"],
    [{ ...PRESET, experiments: [] }, "Cannot run preset tiny: it has no experiment."],
    [
      presetOf(tinyExperiment({ epochs: 0 })),
      '"tiny": epochs: Invalid value: Expected >=1 but received 0',
    ],
    [
      presetOf(tinyExperiment({ momentum: NaN })),
      "momentum: Invalid type: Expected number but received NaN",
    ],
    [presetOf(tinyExperiment({ learningRate: Infinity })), "learningRate"],
    [
      presetOf({ ...tinyExperiment(), lerningRate: 1 } as Experiment),
      "lerningRate: There is no such setting",
    ],
  ];
  for (const [preset, words] of refused) {
    const { message } = await assertRejects(
      () => runPreset(preset as Preset, { data: DATA }),
      Error,
    );
    assertStringIncludes(message, words);
  }
});

// ---- Several runs in one folder -------------------------------------------------------------------

testRun(
  "two runs in one folder at once both finish, and leave one record of each",
  async (folder) => {
    const run = () => runPreset(PRESET, { data: DATA, folder, jobs: 2 });
    const outcomes = await Promise.all([run(), run()]);
    for (const { records, reused, finished, failed, dropped } of outcomes) {
      assertEquals(records.length, 4);
      assertEquals(namesOf([...reused, ...finished]), ["a 1", "a 2", "b 1", "b 2"]);
      assertEquals([failed, dropped], [[], []]);
    }
    assertEquals(namesIn(folder), ["a-1.json", "a-2.json", "b-1.json", "b-2.json"]);
  },
);

testRun(
  "a trial that another run has finished meanwhile is reused, not trained",
  async (folder) => {
    const other = new URL("../other/", folder);
    await runPreset(PRESET, { data: DATA, folder: other });
    const copy = (name: string) => Deno.copyFileSync(new URL(name, other), new URL(name, folder));
    const notes = new Notes((event) => {
      if (event === "started a 1") ["b-1.json", "b-2.json"].forEach(copy);
    });
    const outcome = await runPreset(PRESET, { data: DATA, folder, jobs: 1, reporter: notes });
    assertEquals(notes.events.slice(1), [
      "started a 1",
      "finished a 1",
      "reused b 1",
      "started a 2",
      "finished a 2",
      "reused b 2",
      "end",
    ]);
    assertEquals(namesOf(outcome.finished), ["a 1", "a 2"]);
    assertEquals(namesOf(outcome.reused), ["b 1", "b 2"]);
    assertEquals(outcome.records.length, 4);
    const [theirs, ours] = [await filesIn(other), await filesIn(folder)];
    const textOf = (file: string) => file.slice(file.indexOf("{"));
    assertEquals(textOf(ours["b-1.json"]), textOf(theirs["b-1.json"]));
  },
);

testRun("a trial that two runs have trained keeps the record of the first", async (folder) => {
  const other = new URL("../other/", folder);
  await runPreset(PRESET, { data: DATA, folder: other, only: ["a"], seeds: [1] });
  const [from, to] = [other, folder].map((folder) => new URL("a-1.json", folder));
  const notes = new Notes((event) => {
    if (event === "started a 1") Deno.copyFileSync(from, to);
  });
  const options = { data: DATA, folder, only: ["a"], seeds: [1], reporter: notes };
  const outcome = await runPreset(PRESET, options);
  assertEquals(namesOf(outcome.finished), ["a 1"]);
  assertEquals(await Deno.readTextFile(to), await Deno.readTextFile(from));
});

for (const when of ["while it is trained", "before it is begun"]) {
  testRun(`another trial's record that appears ${when} is not overwritten`, async (folder) => {
    const at = when === "before it is begun" ? "started a 1" : "started b 1";
    const file = new URL("b-1.json", folder);
    const notes = new Notes((event) => {
      if (event === at) Deno.writeTextFileSync(file, "somebody else's");
    });
    const run = () => runPreset(PRESET, { data: DATA, folder, jobs: 1, reporter: notes });
    await assertRejects(run, RecordError, "Move the file away");
    assertEquals(notes.events.at(-1), "end");
    assertEquals(await Deno.readTextFile(file), "somebody else's");
  });
}

testRun("a fresh run beside another one disturbs neither", async (folder) => {
  let fresh: Promise<RunOutcome> | undefined;
  const notes = new Notes((event) => {
    if (event !== "started a 2") return;
    fresh = runPreset(PRESET, { data: DATA, folder, jobs: 1, fresh: true });
  });
  const first = await runPreset(PRESET, { data: DATA, folder, jobs: 1, reporter: notes });
  const second = await fresh!;
  assertEquals([first.records.length, second.records.length], [4, 4]);
  assertEquals(namesIn(folder), ["a-1.json", "a-2.json", "b-1.json", "b-2.json"]);
  assertEquals(namesIn(new URL("..", folder)).length, 2, "the records and those moved aside");
});

testRun("two fresh runs at once both finish", async (folder) => {
  await runPreset(PRESET, { data: DATA, folder });
  const run = () => runPreset(PRESET, { data: DATA, folder, jobs: 1, fresh: true });
  for (const { records } of await Promise.all([run(), run()])) assertEquals(records.length, 4);
});

testRun(
  "a record is written though a fresh run moves the folder aside just then",
  async (folder) => {
    const { writeTextFile } = Deno;
    const moved: string[] = [];
    Deno.writeTextFile = async (file, ...rest) => {
      await writeTextFile(file, ...rest);
      if (moved.includes(basename(`${file}`).slice(0, 5))) return;
      moved.push(basename(`${file}`).slice(0, 5)); // once for the probe, once for the record
      await Deno.rename(folder, new URL(`../aside-${moved.length}/`, folder));
    };
    try {
      const options = { data: DATA, folder, only: ["a"], seeds: [1] };
      assertEquals(namesOf((await runPreset(PRESET, options)).finished), ["a 1"]);
    } finally {
      Deno.writeTextFile = writeTextFile;
    }
    assertEquals(moved.length, 2);
    assertEquals(namesIn(folder), ["a-1.json"]);
  },
);

// ---- When something goes wrong --------------------------------------------------------------------

testRun(
  "a trial whose worker dies fails alone, with its error, and the others finish",
  async (folder) => {
    const notes = new Notes();
    const outcome = await runPreset(presetOf(IMPOSSIBLE, ...PRESET.experiments), {
      data: DATA,
      folder,
      jobs: 2,
      reporter: notes,
    });
    assertEquals(outcome.failed.map(({ trial }) => nameOf(trial)), ["impossible 1"]);
    assertStringIncludes(outcome.failed[0].error.message, "1000");
    assertEquals(namesOf(outcome.finished), ["a 1", "b 1"]);
    assertEquals(outcome.dropped, []);
    assertEquals(namesIn(folder), ["a-1.json", "b-1.json"]);
    assert(notes.events.some((event) => /^failed impossible 1: .*1000/.test(event)));
    assertEquals(notes.events.at(-1), "end");
  },
);

testRun("a trial that needs more memory than there is fails alone too", async (folder) => {
  const huge = tinyExperiment({ name: "huge", hidden: [1e9] });
  const outcome = await runPreset(presetOf(huge, PRESET.experiments[0]), { data: DATA, folder });
  assertEquals(outcome.failed.map(({ trial }) => nameOf(trial)), ["huge 1"]);
  assertNotEquals(outcome.failed[0].error.message, "");
  assertEquals(namesOf(outcome.finished), ["a 1"]);
});

testRun(
  "a run that is stopped while it looks for a trial's record does not begin it",
  async (folder) => {
    const stop = new AbortController();
    const { readTextFile } = Deno;
    const notes = new Notes((event) => {
      if (event !== "finished a 1") return;
      Deno.readTextFile = (...args) => {
        stop.abort();
        return readTextFile(...args);
      };
    });
    const options = {
      data: DATA,
      folder,
      jobs: 1,
      seeds: [1],
      reporter: notes,
      signal: stop.signal,
    };
    try {
      const outcome = await runPreset(PRESET, options);
      assertEquals([namesOf(outcome.finished), namesOf(outcome.dropped)], [["a 1"], ["b 1"]]);
    } finally {
      Deno.readTextFile = readTextFile;
    }
    assertEquals(notes.events.slice(1), ["started a 1", "finished a 1", "end"]);
  },
);

testRun("stopping a run drops the trials under way and keeps the finished ones", async (folder) => {
  const stop = new AbortController();
  const notes = new Notes((event) => {
    if (event === "progress endless 1") stop.abort();
  });
  const preset = presetOf(PRESET.experiments[0], ENDLESS, PRESET.experiments[1]);
  const outcome = await runPreset(preset, {
    data: DATA,
    folder,
    jobs: 1,
    reporter: notes,
    signal: stop.signal,
  });
  assertEquals(namesOf(outcome.finished), ["a 1"]);
  assertEquals(namesOf(outcome.dropped), ["b 1", "endless 1"]);
  assertEquals(outcome.failed, []);
  assertEquals(notes.events.slice(1), ["started a 1", "finished a 1", "started endless 1", "end"]);
  assertEquals(namesIn(folder), ["a-1.json"]);
});

testRun("a run that is stopped before it begins runs nothing", async (folder) => {
  const signal = AbortSignal.abort();
  const outcome = await runPreset(PRESET, { data: DATA, folder, jobs: 2, signal });
  assertEquals(namesOf(outcome.dropped), ["a 1", "a 2", "b 1", "b 2"]);
  assertEquals(namesIn(folder), []);
});

Deno.test({
  name: "a place that cannot be written to is found before any training",
  ignore: !await mayMount(),
  fn: () =>
    withFolder((parent) =>
      withMount(parent, 256, async ({ setReadOnly }) => {
        await setReadOnly(true);
        const notes = new Notes();
        const folder = new URL("records/", parent);
        const run = () => runPreset(PRESET, { data: DATA, folder, reporter: notes });
        await assertRejects(run, RecordError, "Cannot write");
        assertEquals(notes.events, []);
      })
    ),
});

testRun(
  "a record that cannot be written ends the run: no trial goes on behind the error",
  async (folder) => {
    let progress = 0;
    const notes = new Notes((event) => {
      // Something takes the record's place after the plan was made.
      const inTheWay = new URL("a-1.json/inside/", folder);
      if (event === "started a 1") Deno.mkdirSync(inTheWay, { recursive: true });
      if (event === "progress endless 1") progress++;
    });
    const preset = presetOf(PRESET.experiments[0], ENDLESS, PRESET.experiments[1]);
    const run = () => runPreset(preset, { data: DATA, folder, jobs: 2, reporter: notes });
    await assertRejects(run, RecordError, "a-1.json");
    progress = 0;
    await new Promise((resolve) => setTimeout(resolve, 500)); // reports come every 100 ms
    assertEquals(progress, 0);
    assertEquals(notes.events.slice(1, 3).sort(), ["started a 1", "started endless 1"]);
    assertEquals(notes.events.slice(3), ["end"]);
    assertEquals(namesIn(folder), ["a-1.json"]);
  },
);
