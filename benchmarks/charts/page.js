(() => {
  "use strict";
  const PRINTED_WIDTH = 640;
  const PRINTED_HEIGHT = 220; // of plots over time, so that three fit on a sheet
  const dark = JSON.parse(document.getElementById("dark-colours").textContent);
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  const quiet = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: "reset" };
  let printing = false;

  // figures come in the colours of light pages; the dark ones take their place letter by letter
  const inScheme = (text) =>
    scheme.matches && !printing ? text.replace(/#[0-9a-f]{6}/g, (colour) => dark[colour] || colour) : text;

  const draw = (place) => {
    const figure = JSON.parse(inScheme(place.nextElementSibling.textContent));
    if (printing) figure.layout.width = PRINTED_WIDTH;
    if (printing && figure.layout.hovermode === "x unified") figure.layout.height = PRINTED_HEIGHT;
    return Plotly.react(place, figure.data, figure.layout, { ...quiet, responsive: !printing });
  };
  const drawAll = () => document.querySelectorAll(".plot").forEach(draw);

  scheme.addEventListener("change", drawAll);
  window.addEventListener("beforeprint", () => { printing = true; drawAll(); });
  window.addEventListener("afterprint", () => { printing = false; drawAll(); });
  drawAll();
})();
