/**
 * The page: settings, a run that can be stopped and gone on with, and what is seen of it.
 *
 * @module
 */
import { CLASS_NAMES, type FashionMnist } from "@batchnorm/from-scratch";
import { render } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Curves, type Distributions, Histograms, Probabilities, short } from "./charts.tsx";
import { CHOICES, hashOf, KEYS, type Settings, settingsOf } from "./settings.ts";
import { COMPANIES, FOR_STATISTICS, prepare, Training } from "./training.ts";

/** Milliseconds of training between two frames, and between two looks inside. */
const [FRAME, LOOK] = [30, 1_000];

const frame = () => new Promise(requestAnimationFrame);

function App({ data }: { data: FashionMnist }) {
  const [settings, setSettings] = useState(() => settingsOf(location.hash));
  const [running, setRunning] = useState(false);
  const [inside, setInside] = useState<Distributions[]>();
  const [before, setBefore] = useState<Training>();
  const [said, setSaid] = useState("");
  const training = useMemo(() => new Training(data, settings), [settings]);

  const choose = (next: Settings) => {
    if (training.losses.length > 0) setBefore(training);
    setSettings(next);
    setInside(undefined);
    setSaid("");
    history.replaceState(null, "", hashOf(next));
  };

  useEffect(() => {
    globalThis.onhashchange = () => choose(settingsOf(location.hash));
  });
  useLayoutEffect(() => () => training.dispose(), [training]);
  useLayoutEffect(() => {
    if (!running) return;
    const end = new AbortController();
    const run = async () => {
      for (let lookAt = 0; !end.signal.aborted;) {
        const start = performance.now();
        do await training.step(); while (performance.now() < start + FRAME);
        if (start > lookAt) {
          setInside(await training.look());
          await frame();
          // Most of the time is for training, on a slow machine too.
          lookAt = performance.now() + Math.max(LOOK, 2 * (performance.now() - start));
        }
        await frame();
      }
    };
    run().catch(({ message }: Error) => {
      if (end.signal.aborted) return; // its network may have been disposed of meanwhile
      setSaid(message);
      setRunning(false);
    });
    return () => end.abort();
  }, [running, training]);

  const { losses, accuracies: { dataset, moving } } = training;
  return (
    <>
      <h1>Batch normalization (BN), training in this page</h1>
      <p>
        A network learns Fashion-MNIST here, in your browser, with settings of your choice. The run
        before stays as a faint line, and the page’s address holds the settings.
      </p>
      <form>
        {KEYS.map((key) => (
          <div key={key}>
            <label for={key}>{CHOICES[key].name}</label>
            <select
              id={key}
              value={String(settings[key])}
              disabled={key === "depth" && settings.model === "cnn"}
              onChange={({ currentTarget: { selectedIndex } }) =>
                choose({ ...settings, [key]: CHOICES[key].values[selectedIndex][0] })}
            >
              {CHOICES[key].values.map(([value, words]) => (
                <option key={value} value={String(value)}>{words}</option>
              ))}
            </select>
          </div>
        ))}
        <button type="button" disabled={said !== ""} onClick={() => setRunning(!running)}>
          {running ? "Stop" : losses.length > 0 ? "Go on" : "Start"}
        </button>
        <button type="button" onClick={() => choose({ ...settings })}>Begin again</button>
      </form>
      <p role="status" aria-live={running ? "off" : "polite"}>
        Step {losses.length}, loss {short(losses.at(-1)?.[1])}; validation accuracy{" "}
        {short(dataset.at(-1)?.[1])} % after step {dataset.at(-1)?.[0] ?? 0}. {said}
      </p>
      <section>
        <Curves
          title="smoothed training loss"
          now={{ "this run": losses }}
          before={before?.losses}
        />
        <Curves
          title="validation accuracy (%)"
          now={settings.placement === "none" ? { "this run": dataset } : {
            "with dataset statistics": dataset,
            "with moving averages": moving,
          }}
          before={before?.accuracies.dataset}
        />
      </section>
      {inside && (
        <>
          <h2>Inside the layers, after step {dataset.at(-1)![0]}</h2>
          <p>
            Each layer has two histograms, back to back.
            {settings.placement !== "none" && ` BN predicts with moving averages; they estimate
            dataset statistics, here those of ${FOR_STATISTICS} training images.`}
          </p>
          <section>
            {inside.map((values) => <Histograms key={values.title} {...values} />)}
          </section>
        </>
      )}
      <Company training={training} inside={inside} />
    </>
  );
}

/** One image in training mode, in one batch after another; anew with each look inside. */
function Company({ training, inside }: { training: Training; inside?: Distributions[] }) {
  const [image, setImage] = useState(0);
  const canvas = useRef<HTMLCanvasElement>(null);
  const rows = useMemo(() => inside && training.company(image), [inside, image]);
  useEffect(() => void training.draw(image, canvas.current!), [training, image]);
  return (
    <>
      <h2>One image in changing company</h2>
      <p>
        In training mode an image is normalized with its batch. The dots of a class are from{" "}
        {COMPANIES}{" "}
        batches that share only this image; in prediction mode, and without BN, they coincide.
      </p>
      <section>
        <div>
          <canvas ref={canvas} aria-hidden style="width: 6em; image-rendering: pixelated" />
          <p>Validation image {image}: {CLASS_NAMES[training.data.validation.labels[image]]}</p>
          <button type="button" onClick={() => setImage((image + 1) % 100)}>Another image</button>
        </div>
        {rows && <Probabilities rows={rows} />}
      </section>
    </>
  );
}

const root = document.getElementById("app")!;
prepare().then(
  (data) => {
    root.replaceChildren();
    render(<App data={data} />, root);
  },
  (error: Error) => root.replaceChildren(`This page cannot train here: ${error.message}`),
);
