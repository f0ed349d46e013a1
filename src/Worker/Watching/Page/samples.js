// The completions of a step: prompt, completion, reward and advantage, as the run kept them.
import { el, number, shown, stepText } from "./format.js";
import { TokenColours, tokenWays } from "./tokens.js";

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
    this.by = app.kept("tokens", "logprob");
    this.way = el("select", { id: "way", onchange: () => this.colourBy(this.way.value) });
    this.legend = el("span", { class: "legend" });
    this.told = el("output", { class: "told" });
    this.colouring = el("div", { class: "colouring" }, el("label", {}, "Colour tokens by ", this.way), this.legend, this.told);
    this.tools = el("div", { class: "tools" }, this.choice, this.earlier, this.slider, this.later, this.where, this.colouring);
    this.body = el("div", { class: "scroll" });
  }

  go(index) {
    this.step = index >= this.steps.length - 1 ? null : this.steps[Math.max(0, index)];
    this.show(this.runs);
  }

  colourBy(way) {
    const tokens = () => [...this.body.querySelectorAll(".token")];
    const at = tokens().indexOf(document.activeElement);
    this.by = way;
    this.app.keep("tokens", way);
    this.show(this.runs).then(() => tokens()[at]?.focus());
  }

  nextWay() {
    const ways = [...this.way.options].filter(option => !option.disabled).map(option => option.value);
    if (this.runs && !this.colouring.hidden) this.colourBy(ways[(ways.indexOf(this.way.value) + 1) % ways.length]);
  }

  async show(runs, isNews = false) {
    this.runs = runs;
    const kept = runs.filter(run => run.samples > 0);
    if (kept.length === 0) {
      this.place.replaceChildren(el("p", { class: "empty" }, "These runs have kept no completions: stages keep some where they draw them."));
      return;
    }
    // While an earlier step is read, or a text is marked, shown whole or gone through by its tokens, news would only disturb.
    const isReading = this.isReading || this.body.contains(document.activeElement);
    if (isNews && (this.step !== null || isReading || !getSelection().isCollapsed)) return;
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
    this.colours = new TokenColours(this.by, answer.rows);
    this.colouring.hidden = !this.colours.hasTokens;
    this.way.replaceChildren(...tokenWays.map(([value, name]) => el("option", {
      value, selected: value === this.colours.by, disabled: value === "advantage" && !this.colours.hasAdvantages,
    }, name)));
    this.legend.replaceChildren(...this.colours.legend());
    this.told.textContent = "";
    this.body.replaceChildren(this.table(run, answer));
    if (this.body.parentElement !== this.place) this.place.replaceChildren(this.tools, this.body);
  }

  table(run, { columns, rows }) {
    // The tokens are in the completions; what is no list of tokens is another program's.
    const isSilent = ({ name, index }) => silent.includes(name) || (name === "tokens" && rows.every(row => !row.cells[index]));
    const kept = columns.map((name, index) => ({ name, index })).filter(column => !isSilent(column));
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
    const isColoured = name === "completion" && row.tokens && this.colours.by !== "";
    const content = of => isColoured ? this.colours.spans(of.tokens, says => { this.told.textContent = says; }) : shown(of.cells[index] ?? text);
    const body = el("div", { class: "text" }, content(row));
    cell.append(body);
    const isCut = row.lengths[index] > text.length || (isColoured && row.tokenCount > row.tokens.length);
    if (isCut && !this.app.source.isLive) {
      cell.append(el("small", {}, `the first of ${row.lengths[index].toLocaleString("en")} characters`));
    } else if (isCut) {
      const more = el("button", { class: "plain more", type: "button" }, `all ${row.lengths[index].toLocaleString("en")} characters`);
      more.addEventListener("click", async () => {
        this.isReading = true;
        const whole = await this.app.source.sample(run.id, row.index);
        body.replaceChildren(content(whole));
        more.remove();
      });
      cell.append(more);
    }
    return cell;
  }
}
