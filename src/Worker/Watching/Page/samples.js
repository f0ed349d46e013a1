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
    this.steps = [];
    this.asked = 0;
    // These stay, so that a slider that is being dragged is not taken from under the pointer.
    const move = by => () => this.go(Number(this.slider.value) + by);
    this.choice = el("select", { "aria-label": "Run", onchange: () => { this.runId = this.choice.value; this.show(this.runs); } });
    this.earlier = el("button", { id: "earlier", class: "plain", type: "button", title: "Earlier", onclick: move(-1) }, "‹");
    this.later = el("button", { id: "later", class: "plain", type: "button", title: "Later", onclick: move(1) }, "›");
    this.slider = el("input", { type: "range", min: 0, "aria-label": "Step", oninput: move(0) });
    this.where = el("span", { class: "place" });
    this.tools = el("div", { class: "tools" }, this.choice, this.earlier, this.slider, this.later, this.where);
    this.body = el("div", { class: "scroll" });
  }

  go(index) {
    this.step = index >= this.steps.length - 1 ? null : this.steps[Math.max(0, index)];
    this.show(this.runs);
  }

  async show(runs, isNews = false) {
    this.runs = runs;
    const kept = runs.filter(run => run.samples > 0);
    if (kept.length === 0) {
      this.place.replaceChildren(el("p", { class: "empty" }, "These runs have kept no completions: stages keep some where they draw them."));
      return;
    }
    // While an earlier step is read, or a text is marked or shown whole, news would only disturb.
    if (isNews && (this.step !== null || this.isReading || !getSelection().isCollapsed)) return;
    this.isReading = false;
    const run = kept.find(known => known.id === this.runId) ?? kept[0];
    const asked = ++this.asked;
    const answer = await this.app.source.samples(run.id, this.step);
    if (asked === this.asked) this.draw(kept, run, answer);
  }

  draw(runs, run, answer) {
    this.steps = answer.steps;
    const at = Math.max(0, answer.steps.findLastIndex(step => step <= answer.step));
    this.choice.hidden = runs.length < 2;
    this.choice.replaceChildren(...runs.map(known => el("option", { value: known.id, selected: known === run }, known.name)));
    this.slider.max = answer.steps.length - 1;
    this.slider.value = at;
    this.earlier.disabled = at === 0;
    this.later.disabled = at >= answer.steps.length - 1;
    const stage = run.details.stages.filter(known => known.from <= answer.step).at(-1);
    const within = stage ? ` · ${stage.name} ${stepText(answer.step - stage.before)}` : "";
    this.where.textContent = `step ${stepText(answer.step)}${within}${this.step === null ? " · the latest" : ""}`;
    this.body.replaceChildren(this.table(run, answer));
    if (this.body.parentElement !== this.place) this.place.replaceChildren(this.tools, this.body);
  }

  table(run, { columns, rows }) {
    const kept = columns.map((name, index) => ({ name, index })).filter(column => !silent.includes(column.name));
    const widest = Math.max(1e-9, ...rows.map(row => Math.abs(Number(row.cells[columns.indexOf("advantage")]) || 0)));
    return el("table", { class: "samples" },
      el("thead", {}, el("tr", {}, ...kept.map(column => el("th", { class: texts.includes(column.name) ? "" : "number" }, column.name)))),
      el("tbody", {}, ...rows.map(row => el("tr", {}, ...kept.map(column => this.cell(run, row, column, widest))))));
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
        this.isReading = true;
        const whole = await this.app.source.sample(run.id, row.index);
        body.replaceChildren(shown(whole.cells[index] ?? text));
        more.remove();
      });
      cell.append(more);
    }
    return cell;
  }
}
