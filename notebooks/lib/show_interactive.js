// Runs in the notebook's page: puts an interactive figure where a picture stands. Without network,
// or if Plotly's file is not the one expected, the picture stays.
// deno-lint-ignore no-unused-vars -- it is called where it is embedded
function showInteractive({ name, url, integrity, version }, { data, layout, height }) {
  const load = () =>
    new Promise((resolve, reject) => {
      if (globalThis.Plotly?.version === version) return resolve(globalThis.Plotly);
      const script = document.createElement("script");
      Object.assign(script, { src: url, integrity, crossOrigin: "anonymous" });
      script.onload = () => resolve(globalThis.Plotly);
      script.onerror = reject;
      document.head.append(script);
    });

  /** Draws in every frame of this figure that still holds the picture; tells whether one did. */
  const draw = (Plotly) => {
    const frames = [...document.querySelectorAll(`[data-figure="${name}"]`)]
      .filter((frame) => frame.clientWidth > 0 && frame.firstElementChild?.localName === "img");
    for (const frame of frames) {
      const picture = frame.firstElementChild;
      const plot = document.createElement("div");
      plot.style.height = `${height}px`;
      frame.prepend(plot);
      picture.style.display = "none";
      // Plotly writes into what it is given.
      Plotly.newPlot(plot, structuredClone(data), structuredClone(layout), {
        displayModeBar: false,
        responsive: true,
      }).then(() => picture.remove(), () => {
        plot.remove();
        picture.style.display = "";
      });
    }
    return frames.length > 0;
  };

  // A front end may run the script before it puts the frame on the page.
  const drawSoon = (Plotly, attempts = 50) => {
    if (!draw(Plotly) && attempts > 0) setTimeout(() => drawSoon(Plotly, attempts - 1), 100);
  };
  globalThis.plotlyForFigures ??= {};
  (globalThis.plotlyForFigures[url] ??= load()).then(drawSoon, () => {});
}
