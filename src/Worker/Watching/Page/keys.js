// The keys of the page, and their list. Those of a chart are in chart.js.
import { el } from "./format.js";

const list = [
  ["/", "find metrics"], ["1 – 5", "charts, samples, evaluations, warnings, recipe"], ["[  ]", "less, more smoothing"],
  ["x", "over steps, tokens or hours"], ["y", "logarithmic y axes"], ["0", "the whole run again"], ["t", "light or dark"], ["?", "this list"],
  ["k", "samples: colour tokens by log-prob, by advantage, not at all"],
  ["Tab", "to the next chart; then:"], ["← →", "move the cursor (Shift: by ten)"], ["+ −", "zoom in, out"], ["Enter", "enlarge"],
  ["l", "logarithmic axis"], ["v", "the samples of the step"], ["s  c", "download as SVG, as CSV"],
  ["drag", "zoom, with a finger too; double click for the whole run"],
];

export function showKeys(dialog) {
  dialog.querySelector("dl").replaceChildren(...list.flatMap(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)]));
  dialog.showModal();
}

export function press(app, event) {
  const byId = id => document.getElementById(id);
  if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
  if (event.target.matches?.("input:not([type=checkbox]):not([type=range]), select, textarea")) {
    if (event.key === "Escape" && event.target.type === "search") app.stopSearch(event.target);
    return;
  }
  const smoothBy = change => {
    const input = byId("smoothing");
    input.value = Number(input.value) + change;
    app.take("smoothing", input);
  };
  const keys = {
    "/": () => { app.go("charts"); byId("find").focus(); byId("find").select(); },
    "?": () => showKeys(byId("keys")),
    "[": () => smoothBy(-0.1),
    "]": () => smoothBy(0.1),
    x: () => { const over = byId("over"); over.selectedIndex = (over.selectedIndex + 1) % over.length; app.take("over", over); },
    y: () => { byId("logy").checked = !byId("logy").checked; app.take("logy", byId("logy")); },
    0: () => app.zoomTo(null),
    t: () => app.nextTheme(),
    k: () => app.tab === "samples" && app.samples.nextWay(),
    1: () => app.go("charts"),
    2: () => app.go("samples"),
    3: () => app.go("evaluations"),
    4: () => app.go("warnings"),
    5: () => app.go("recipe"),
  };
  if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
}
