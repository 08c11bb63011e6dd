// Runs in the page: draws every figure from the JSON that stands beside it, and again where the
// screen or the paper asks for another width. Colours are the style sheet's.
/* global Plotly */
const narrowScreen = matchMedia("(max-width: 40rem)");
const PAPER_WIDTH = 660; // CSS pixels between the margins of an A4 page

for (const plot of document.querySelectorAll(".plot")) {
  const { data, wide, narrow } = JSON.parse(plot.nextElementSibling.textContent);
  const draw = (layout) =>
    Plotly.react(plot, data, { ...layout }, { displayModeBar: false, responsive: true });
  const drawForScreen = () => draw(narrowScreen.matches ? narrow : wide);

  drawForScreen();
  narrowScreen.addEventListener("change", drawForScreen);
  addEventListener("beforeprint", () => draw({ ...wide, width: PAPER_WIDTH }));
  addEventListener("afterprint", drawForScreen);
}
