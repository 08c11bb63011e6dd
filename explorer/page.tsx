/**
 * The page: settings, a run that can be stopped and gone on with, and what is seen of it.
 *
 * @module
 */
import { CLASS_NAMES, type FashionMnist } from "@batchnorm/from-scratch";
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Bars, type Curve, Curves, Dots, short } from "./charts.tsx";
import { CHOICES, hashOf, type Settings, settingsOf } from "./settings.ts";
import { pixelsOf, prepare, Training, type View } from "./training.ts";

/** Milliseconds of training between two frames, and between two looks inside. */
const [FRAME, LOOK] = [30, 1_500];
const opened = performance.now();

interface Past {
  losses: number[];
  accuracies: Training["accuracies"];
}

function App({ data }: { data: FashionMnist }) {
  const [settings, setSettings] = useState(() => settingsOf(location.hash));
  const [running, setRunning] = useState(false);
  const [view, setView] = useState<View>();
  const [image, setImage] = useState(0);
  const [before, setBefore] = useState<Past>();
  const [, setFrame] = useState(0);
  const [said, setSaid] = useState("");
  const training = useRef<Training>(null);
  const shown = useRef(image);
  shown.current = image;
  training.current ??= new Training(data, settings);

  const choose = (changed: Partial<Settings>) => {
    const next = { ...settings, ...changed };
    const { losses, accuracies } = training.current!;
    if (losses.length > 0) setBefore({ losses: [...losses], accuracies: [...accuracies] });
    if (!running) training.current!.dispose(); // else its loop does, at its end
    training.current = new Training(data, next);
    setSettings(next);
    setView(undefined);
    setSaid("");
    history.replaceState(null, "", hashOf(next));
  };

  useEffect(() => {
    if (!running) return;
    let goesOn = true;
    const now = training.current!;
    const end = (words: string) => {
      setSaid(words);
      setRunning(false);
    };
    const run = async () => {
      let lookAt = 0;
      while (goesOn) {
        const until = performance.now() + FRAME;
        try {
          while (performance.now() < until) {
            if (!Number.isFinite(now.step())) {
              return end("The loss is not finite: this run has ended. Try a lower learning rate.");
            }
            if (now.losses.length === 1) {
              setSaid(`First step ${short((performance.now() - opened) / 1000)} s after opening.`);
            }
          }
          const start = performance.now();
          if (start > lookAt) {
            const view = await now.look(shown.current);
            if (goesOn) setView(view);
            // Most of the time is for training, on a slow machine too.
            lookAt = performance.now() + Math.max(LOOK, 4 * (performance.now() - start));
          }
        } catch (error) {
          if (goesOn) return end((error as Error).message);
        }
        setFrame(now.losses.length);
        await new Promise(requestAnimationFrame);
      }
      if (now !== training.current) now.dispose();
    };
    run();
    return () => {
      goesOn = false;
    };
  }, [running, settings]);

  const { losses, accuracies } = training.current;
  return (
    <main>
      <h1>Batch normalization, training in this page</h1>
      <p>
        A network learns Fashion-MNIST here, step by step, in your browser. Change a setting, start,
        and see what the layers get and give. The run before stays as a faint line.
      </p>
      <form onSubmit={(event) => event.preventDefault()}>
        {(Object.keys(CHOICES) as (keyof Settings)[]).map((key) => (
          <div key={key}>
            <label for={key}>{CHOICES[key].name}</label>
            <select
              id={key}
              value={String(settings[key])}
              disabled={key === "depth" && settings.model === "cnn"}
              onChange={({ currentTarget: { value } }) =>
                choose({ [key]: valueOf(key, value) } as Partial<Settings>)}
            >
              {CHOICES[key].values.map(([value, words]) => (
                <option key={String(value)} value={String(value)}>{words}</option>
              ))}
            </select>
          </div>
        ))}
        <button type="button" onClick={() => setRunning(!running)}>
          {running ? "Stop" : losses.length > 0 ? "Go on" : "Start"}
        </button>
        <button type="button" onClick={() => choose({})}>Begin again</button>
      </form>
      <p role="status">
        Step {losses.length}, loss {losses.length > 0 ? short(losses.at(-1)!) : "–"}
        {view && `, validation accuracy ${short(100 * view.accuracy.exact)} %`}. {said}
      </p>
      <section class="pair">
        <Curves title="Training loss" curves={lossCurves(losses, before)} />
        <Curves title="Validation accuracy" top={1} curves={accuracyCurves(accuracies, before)} />
      </section>
      {view && <Layers view={view} />}
      <Company data={data} {...{ image, setImage, view }} />
    </main>
  );
}

function valueOf<K extends keyof Settings>(key: K, text: string): Settings[K] {
  return CHOICES[key].values.find(([value]) => String(value) === text)![0];
}

/** Smoothed over a few steps, and thinned out for long runs. */
function smooth(losses: readonly number[]): [number, number][] {
  const every = Math.ceil(losses.length / 300);
  return losses.flatMap((_, i): [number, number][] => {
    if (i % every !== 0) return [];
    const some = losses.slice(Math.max(0, i - 4), i + 1);
    return [[i + 1, some.reduce((sum, loss) => sum + loss, 0) / some.length]];
  });
}

function lossCurves(losses: number[], before?: Past): Curve[] {
  return [
    { name: "this run", kind: "now", points: smooth(losses) },
    ...before
      ? [{ name: "the run before", kind: "before" as const, points: smooth(before.losses) }]
      : [],
  ];
}

function accuracyCurves(accuracies: Training["accuracies"], before?: Past): Curve[] {
  const of = (all: Training["accuracies"], kind: "moving" | "exact") =>
    all.map((one): [number, number] => [one.step, one[kind]]);
  return [
    { name: "dataset statistics", kind: "now", points: of(accuracies, "exact") },
    { name: "moving average", kind: "second", points: of(accuracies, "moving") },
    ...before
      ? [{
        name: "the run before",
        kind: "before" as const,
        points: of(before.accuracies, "exact"),
      }]
      : [],
  ];
}

function Layers({ view }: { view: View }) {
  return (
    <>
      <h2>Inside the layers, after step {view.step}</h2>
      {view.layers.map(({ name, input, output, bn }) => (
        <section key={name} aria-label={name}>
          <h3>{name}</h3>
          <div class="pair">
            <Bars title="Input of the activation" values={input} />
            <Bars title="Output of the activation" values={output} />
            {bn && (
              <>
                <Dots
                  title="β by γ, one dot for each channel"
                  xTitle="γ"
                  pairs={bn.gamma.map((gamma, c) => [gamma, bn.beta[c]])}
                />
                <Dots
                  title="Moving mean by the exact one"
                  xTitle="exact mean of BN's input"
                  pairs={bn.exact.map((exact, c) => [exact, bn.moving[c]])}
                  diagonal
                />
              </>
            )}
          </div>
        </section>
      ))}
    </>
  );
}

/** One image in training mode, in one batch after another. */
function Company(
  { data, image, setImage, view }: {
    data: FashionMnist;
    image: number;
    setImage: (image: number) => void;
    view?: View;
  },
) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const grey = pixelsOf(data.validation, image);
    const pixels = new Uint8ClampedArray(grey.length * 4);
    grey.forEach((value, i) => pixels.set([255 - value, 255 - value, 255 - value, 255], 4 * i));
    canvas.current!.getContext("2d")!.putImageData(new ImageData(pixels, 28), 0, 0);
  }, [image]);
  return (
    <>
      <h2>One image in changing company</h2>
      <p>
        In training mode an image is normalized with the rest of its batch. Each dot is its
        probability of a class in one batch; only the other images change. In prediction mode all
        dots of a class would be one.
      </p>
      <section class="pair">
        <div>
          <canvas ref={canvas} width={28} height={28} role="img" aria-label={nameOf(data, image)} />
          <p>{nameOf(data, image)}</p>
          <button type="button" onClick={() => setImage((image + 1) % 100)}>Another image</button>
        </div>
        {view && (
          <Dots
            title={`Probability by class: ${
              CLASS_NAMES.map((name, i) => `${i} ${name}`).join(", ")
            }`}
            xTitle="class"
            ends={[0, 1]}
            pairs={view.company.flatMap((row) => row.map((p, k): [number, number] => [k, p]))}
          />
        )}
      </section>
    </>
  );
}

function nameOf({ validation }: FashionMnist, image: number): string {
  return `Validation image ${image}: ${CLASS_NAMES[validation.labels[image]]}`;
}

const root = document.getElementById("app")!;
prepare().then(
  (data) => {
    root.replaceChildren();
    render(<App data={data} />, root);
  },
  (error: Error) => root.replaceChildren(`This page cannot train here: ${error.message}`),
);
