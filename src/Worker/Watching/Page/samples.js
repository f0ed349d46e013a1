// The completions of a step: prompt, completion, reward and advantage, as the run kept them.
import { el, number, shown, stepText } from "./format.js";

const texts = ["prompt", "completion", "answer"];
const silent = ["global_step", "stage"];

export class Samples {
  constructor(app, place) {
    this.app = app;
    this.place = place;
    this.step = null;
    this.runId = null;
    this.asked = 0;
  }

  async show(runs, isNews) {
    const kept = runs.filter(run => run.samples > 0);
    if (kept.length === 0) {
      this.place.replaceChildren(el("p", { class: "empty" }, "These runs have kept no completions: stages keep some where they draw them."));
      return;
    }
    // While an earlier step is read, news would only disturb.
    if (isNews && this.step !== null) return;
    const run = kept.find(known => known.id === this.runId) ?? kept[0];
    const asked = ++this.asked;
    const answer = await this.app.source.samples(run.id, this.step);
    if (asked === this.asked) this.draw(kept, run, answer);
  }

  draw(runs, run, answer) {
    const at = Math.max(0, answer.steps.findLastIndex(step => step <= answer.step));
    const go = index => {
      this.step = index >= answer.steps.length - 1 ? null : answer.steps[Math.max(0, index)];
      this.show(runs, false);
    };
    const focused = document.activeElement?.id;
    const stage = run.details.stages.filter(known => known.from <= answer.step).at(-1);
    const choice = el("select", { "aria-label": "Run", onchange: event => { this.runId = event.target.value; this.show(runs, false); } },
      ...runs.map(known => el("option", { value: known.id, selected: known === run }, known.name)));
    this.place.replaceChildren(
      el("div", { class: "tools" },
        runs.length > 1 ? choice : null,
        el("button", { id: "earlier", class: "plain", type: "button", title: "Earlier", disabled: at === 0, onclick: () => go(at - 1) }, "‹"),
        el("input", { id: "which", type: "range", min: 0, max: answer.steps.length - 1, value: at, "aria-label": "Step", oninput: event => go(Number(event.target.value)) }),
        el("button", { id: "later", class: "plain", type: "button", title: "Later", disabled: at >= answer.steps.length - 1, onclick: () => go(at + 1) }, "›"),
        el("span", { class: "place" }, `step ${stepText(answer.step)}${stage ? ` · ${stage.name} ${stepText(answer.step - stage.before)}` : ""}${this.step === null ? " · the latest" : ""}`)),
      this.table(run, answer));
    if (focused) document.getElementById(focused)?.focus();
  }

  table(run, { columns, rows }) {
    const kept = columns.map((name, index) => ({ name, index })).filter(column => !silent.includes(column.name));
    const widest = Math.max(1e-9, ...rows.map(row => Math.abs(Number(row.cells[columns.indexOf("advantage")]) || 0)));
    return el("div", { class: "scroll" }, el("table", { class: "samples" },
      el("thead", {}, el("tr", {}, ...kept.map(column => el("th", { class: texts.includes(column.name) ? "" : "number" }, column.name)))),
      el("tbody", {}, ...rows.map(row => el("tr", {}, ...kept.map(column => this.cell(run, row, column, widest)))))));
  }

  cell(run, row, { name, index }, widest) {
    const text = row.cells[index] ?? "";
    const cell = el("td", { "data-name": name });
    if (!texts.includes(name) && text !== "" && Number.isFinite(Number(text))) {
      cell.className = "number";
      cell.append(number(Number(text)));
      if (name === "advantage") {
        const bar = el("i", { class: `bar ${Number(text) < 0 ? "minus" : "plus"}`, title: `advantage ${text}` });
        bar.style.width = `${Math.round(Math.abs(Number(text)) / widest * 40)}px`;
        cell.append(bar);
      }
      return cell;
    }
    const body = el("div", { class: "text" }, shown(text));
    cell.append(body);
    if (row.lengths[index] > text.length && !this.app.source.isLive) {
      cell.append(el("small", {}, `the first of ${row.lengths[index].toLocaleString("en")} characters`));
    } else if (row.lengths[index] > text.length) {
      const more = el("button", { class: "plain more", type: "button" }, `all ${row.lengths[index].toLocaleString("en")} characters`);
      more.addEventListener("click", async () => {
        const whole = await this.app.source.sample(run.id, row.index);
        body.replaceChildren(shown(whole.cells[index] ?? text));
        more.remove();
      });
      cell.append(more);
    }
    return cell;
  }
}
