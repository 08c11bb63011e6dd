// Runs in the page: draws every figure, from the JSON that stands beside it, in place of its picture,
// and again where the screen is of another width. On paper the picture stays.
/* global Plotly */
const narrowScreen = matchMedia("(max-width: 40rem)");

for (const plot of document.querySelectorAll(".plot")) {
  const { data, wide, narrow = wide } = JSON.parse(plot.nextElementSibling.textContent);
  const drawing = document.createElement("div");
  drawing.className = "drawing";
  plot.append(drawing);
  const draw = () =>
    Plotly.react(drawing, data, { ...(narrowScreen.matches ? narrow : wide) }, {
      displayModeBar: false,
      responsive: true,
    });
  narrowScreen.addEventListener("change", draw);
  draw();
}

// Paper cannot be asked for more.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
