// The runs at the top. Their chips stay while they do: one that is being clicked is not replaced under the pointer.
import { el, number, stepText, ago } from "./format.js";

// More runs than these are searched by name.
export const Few = 8;

export class Chips {
  constructor(app) {
    this.app = app;
  }

  show() {
    const { app } = this;
    const byId = id => document.getElementById(id);
    const place = byId("runs");
    byId("many").hidden = app.runs.length <= Few;
    const sought = byId("find-run").value.trim().toLowerCase();
    const chips = app.runs.filter(run => app.selected.includes(run) || run.name.toLowerCase().includes(sought)).map(run => this.chip(run));
    const shown = [...place.querySelectorAll(".run")];
    if (chips.length !== shown.length || chips.some((chip, i) => chip !== shown[i])) {
      const focused = document.activeElement;
      place.replaceChildren(place.firstElementChild, ...chips);
      if (place.contains(focused)) focused.focus();
    }
    const warned = app.selected.reduce((sum, run) => sum + (run.warned ?? 0), 0);
    byId("warned").textContent = warned > 0 ? number(warned) : "";
  }

  chip(run) {
    const isOn = this.app.selected.includes(run);
    run.chip ??= el("label", {}, el("input", { type: "checkbox", onchange: event => this.app.toggle(run.id, event.target.checked) }),
      el("i", { class: "swatch" }), el("span", { class: "name" }, run.name), el("span", { class: "state" }));
    const step = run.step > 0 ? stepText(run.step) : "";
    const state = run.state === "running" ? `${step} running` : run.state === "stopped" && isOn ? `${step} stopped` : step;
    run.chip.className = `run ${run.state}${isOn ? " on" : ""}`;
    run.chip.style.setProperty("--colour", isOn ? run.colour : "");
    run.chip.title = `${run.name}: ${run.state}, last step ${ago(run.changed)}`;
    run.chip.firstElementChild.checked = isOn;
    if (run.chip.lastElementChild.textContent !== state) run.chip.lastElementChild.textContent = state;
    return run.chip;
  }
}
