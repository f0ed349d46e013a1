// The page: which runs are shown, how, and what is asked for.
import { el } from "./format.js";
import { server, report } from "./source.js";
import { lineOf, flipTheme } from "./look.js";
import { group, pack, describe } from "./groups.js";
import { Axis } from "./axis.js";
import { Demand } from "./demand.js";
import { press, showKeys } from "./keys.js";
import { Card } from "./chart.js";
import { Chips, Few } from "./chips.js";
import { Samples } from "./samples.js";
import { showEvaluations, showWarnings, showRecipe } from "./tables.js";

const byId = id => document.getElementById(id);
const held = document.getElementById("report-data");

class App {
  constructor(source) {
    this.source = source;
    this.runs = [];
    this.selected = [];
    this.described = [];
    this.cards = new Map();
    this.axis = new Axis(this);
    this.demand = new Demand(this);
    this.smoothing = Number(this.kept("smoothing", "0"));
    this.logY = this.kept("logy", "") === "on";
    this.tab = "charts";
    this.chips = new Chips(this);
    this.samples = new Samples(this, byId("samples"));
    this.seen = new IntersectionObserver(entries => this.see(entries), { rootMargin: "300px" });
  }

  kept(name, absent) {
    try { return localStorage.getItem(`rlcore.${name}`) ?? absent; } catch { return absent; }
  }

  keep(name, value) {
    try { localStorage.setItem(`rlcore.${name}`, value); } catch { /* Without storage, a page begins anew. */ }
  }

  async start() {
    this.wire();
    this.open(location.hash.slice(1));
    this.described = await this.source.metrics();
    await this.list(await this.source.runs());
    if (this.selected.length === 0 && this.runs.length > 0) {
      // Those that were selected before a reload, or that the command names, or the latest.
      const known = this.keptRuns().filter(id => this.runs.some(run => run.id === id));
      const named = this.runs.filter(run => run.named || !this.source.isLive).slice(0, Few).map(run => run.id);
      await this.select(known.length > 0 ? known : named.length > 0 ? named : [this.latest().id]);
    }
    if (this.runs.length === 0) this.layOut();
    this.listen();
  }

  latest() {
    return this.runs.reduce((latest, run) => latest && latest.began >= run.began ? latest : run, undefined);
  }

  keptRuns() {
    try { return JSON.parse(sessionStorage.getItem("rlcore.runs") ?? "[]"); } catch { return []; }
  }

  // Runs keep their objects, so that what was read of them stays.
  async list({ title, runs }) {
    byId("runs").firstElementChild.textContent = `Runs in ${title}`;
    document.title = title ? `${title} – RlCore` : "RlCore runs";
    this.runs = runs.map(run => Object.assign(this.runs.find(known => known.id === run.id) ?? {}, run));
    const before = this.selected.length;
    this.selected = this.selected.filter(run => this.runs.includes(run));
    if (this.selected.length < before) this.layOut();
    this.chips.show();
    // Until someone has chosen runs, the page follows the one that began last.
    const newest = this.latest();
    if (this.source.isLive && this.isReady && !this.isChosen && newest && !this.selected.includes(newest)
      && (this.selected.length === 0 || (newest.state === "running" && !this.selected.some(run => run.named || run.state === "running")))) {
      await this.select([newest.id]);
    }
    this.isReady = true;
  }

  async select(ids) {
    this.selected = this.runs.filter(run => ids.includes(run.id));
    this.colour();
    try { sessionStorage.setItem("rlcore.runs", JSON.stringify(ids)); } catch { /* The same. */ }
    this.chips.show();
    await Promise.all(this.selected.filter(run => !run.details).map(run => this.refresh(run)));
    this.chips.show();
    this.layOut();
    this.listen();
  }

  // A run keeps its colour while it is shown.
  colour() {
    for (const run of this.runs) if (!this.selected.includes(run)) run.slot = undefined;
    const taken = new Set(this.selected.map(run => run.slot));
    for (const run of this.selected) {
      if (run.slot === undefined) {
        run.slot = 0;
        while (taken.has(run.slot)) run.slot++;
        taken.add(run.slot);
      }
      Object.assign(run, lineOf(run.slot));
    }
  }

  async refresh(run) {
    run.details = await this.source.run(run.id);
    const { version, rows, step, samples, warned } = run.details;
    Object.assign(run, { version, rows, step, samples, warned });
  }

  // --- the server's events

  listen() {
    this.silence?.();
    this.silence = null;
    if (!this.source.isLive || document.hidden) return;
    this.silence = this.source.listen(this.selected.map(run => run.id), {
      runs: list => this.list(list),
      run: progress => this.progress(progress),
      link: isUp => { byId("link").textContent = isUp ? "" : "no connection"; },
    });
  }

  async progress(progress) {
    const run = this.selected.find(known => known.id === progress.id);
    if (!run?.details) return;
    const before = run.details;
    Object.assign(run, progress);
    this.chips.show();
    if (progress.version === before.version && progress.generation === before.generation) return;
    // Curves are read from where they end; the rest only where it has changed.
    const isOther = ["generation", "warned", "evaluated", "staged", "measured"].some(count => progress[count] !== before[count]);
    const isShown = isOther || (this.tab === "samples" && progress.samples !== before.samples);
    if (isOther) await this.refresh(run); else Object.assign(before, progress);
    if (run.details.metrics.join() !== before.metrics.join()) this.layOut();
    this.demand.ask();
    if (isShown) this.showTab(true);
  }

  // --- runs

  toggle(id, isOn) {
    const ids = this.selected.map(run => run.id);
    this.isChosen = true;
    return this.select(isOn ? [...ids, id] : ids.filter(known => known !== id));
  }

  // --- charts

  layOut() {
    const names = [];
    for (const run of this.selected) {
      run.details.metrics.forEach(name => names.includes(name) || names.push(name));
    }
    const sought = byId("find").value.trim().toLowerCase().split(/\s+/);
    const sections = [];
    for (const [title, members] of group(names)) {
      const cards = members.filter(name => sought.every(word => name.toLowerCase().includes(word))).map(name => this.card(name).element);
      if (cards.length > 0) sections.push({ title, cards });
    }
    this.columns = this.columnsOf(byId("grid").clientWidth);
    const placed = pack(sections, this.columns).map(({ title, cards, span }) => {
      const section = el("section", { class: "group" }, el("h2", {}, title), el("div", { class: "cards" }, ...cards));
      section.style.gridColumn = `span ${span}`;
      section.style.setProperty("--span", span);
      return section;
    });
    byId("grid").style.setProperty("--columns", this.columns);
    for (const [name, card] of this.cards) {
      if (!names.includes(name)) {
        this.seen.unobserve(card.element);
        card.plot?.destroy();
        this.cards.delete(name);
      }
    }
    byId("tools").hidden = this.runs.length === 0;
    const hint = this.runs.length === 0 ? "No run here yet. It appears as soon as a training begins, such as: rlcore train recipes/quickstart.json"
      : this.selected.length === 0 ? "Select a run above." : names.length === 0 ? "No step has been done yet." : "No metric has such a name.";
    byId("grid").replaceChildren(...(placed.length > 0 ? placed : [el("p", { class: "empty" }, hint)]));
    for (const card of this.cards.values()) if (card.isSeen) card.draw();
    this.demand.ask();
    this.showTab();
  }

  columnsOf = width => Math.max(1, Math.floor((width + 14) / (320 + 14)));

  card(name) {
    if (!this.cards.has(name)) {
      const card = new Card(this, { ...describe(this.described, name), name });
      this.cards.set(name, card);
      this.seen.observe(card.element);
    }
    return this.cards.get(name);
  }

  see(entries) {
    for (const { target, isIntersecting } of entries) {
      const { card } = target;
      card.isSeen = isIntersecting;
      if (isIntersecting) {
        card.draw();
        this.demand.ask();
      }
    }
  }

  redraw(anew = false) {
    for (const card of this.cards.values()) {
      if (card.isSeen) card.draw(anew);
      else if (anew) { card.plot?.destroy(); card.plot = null; }
    }
  }

  warningsAt(place) {
    if (this.axis.series) return [];
    const here = this.selected.flatMap(run => run.details?.warnings ?? []).filter(({ first, last }) => first <= place && place <= last);
    return [...new Set(here.map(warning => warning.kind))].slice(0, 2);
  }

  zoomTo(range) {
    this.axis.zoom = range;
    byId("whole").hidden = !range;
    for (const card of this.cards.values()) if (card.isSeen) card.draw();
    this.demand.ask();
  }

  zoomBy(factor, centre, plot) {
    this.zoomTo(this.axis.zoomed(factor, centre, plot));
  }

  // --- tabs, tools and keys

  open(name) {
    this.tab = ["charts", "samples", "evaluations", "warnings", "recipe"].includes(name) ? name : "charts";
    for (const tab of document.querySelectorAll("[role=tab]")) {
      const isOn = tab.id === `tab-${this.tab}`;
      tab.setAttribute("aria-selected", isOn);
      tab.tabIndex = isOn ? 0 : -1;
      byId(tab.getAttribute("aria-controls")).hidden = !isOn;
    }
    this.showTab();
  }

  showTab(isNews = false) {
    const runs = this.selected.filter(run => run.details);
    if (this.tab === "samples") this.samples.show(runs, isNews);
    if (this.tab === "evaluations") showEvaluations(byId("evaluations"), runs);
    if (this.tab === "warnings") showWarnings(byId("warnings"), runs, step => this.showStep(step));
    if (this.tab === "recipe" && !isNews) showRecipe(byId("recipe"), runs);
  }

  go(name) {
    history.replaceState(null, "", `#${name}`);
    this.open(name);
    scrollTo(0, 0);
  }

  showStep(step) {
    this.samples.step = step;
    this.go("samples");
  }

  wire() {
    for (const tab of document.querySelectorAll("[role=tab]")) {
      tab.addEventListener("click", () => this.go(tab.id.slice(4)));
      tab.addEventListener("keydown", event => {
        const next = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" }[event.key];
        if (next && tab[next]) { tab[next].focus(); tab[next].click(); }
      });
    }
    addEventListener("hashchange", () => this.open(location.hash.slice(1)));
    const bind = (id, event, value, set) => {
      const input = byId(id);
      set(input, value());
      input.addEventListener(event, () => { this.take(id, input); });
    };
    bind("smoothing", "input", () => this.smoothing, (input, value) => { input.value = value; });
    bind("over", "change", () => this.axis.over, (input, value) => { input.value = value; });
    bind("logx", "change", () => this.axis.isLog, (input, value) => { input.checked = value; });
    bind("logy", "change", () => this.logY, (input, value) => { input.checked = value; });
    byId("smoothed").textContent = this.smoothing || "";
    byId("find").addEventListener("input", () => this.layOut());
    byId("find-run").addEventListener("input", () => this.chips.show());
    byId("tools").addEventListener("submit", event => event.preventDefault());
    byId("whole").addEventListener("click", () => this.zoomTo(null));
    byId("theme").addEventListener("click", () => this.nextTheme());
    byId("help").addEventListener("click", () => showKeys(byId("keys")));
    new ResizeObserver(() => this.columnsOf(byId("grid").clientWidth) !== this.columns && this.columns && this.layOut()).observe(byId("grid"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    document.addEventListener("visibilitychange", () => this.listen());
    document.addEventListener("keydown", event => press(this, event));
  }

  take(id, input) {
    if (id === "smoothing") {
      this.smoothing = Number(input.value);
      byId("smoothed").textContent = this.smoothing || "";
      this.keep("smoothing", input.value);
      this.redraw();
    } else if (id === "over") {
      this.axis.over = input.value;
      this.keep("over", input.value);
      this.zoomTo(null);
    } else {
      if (id === "logx") this.axis.isLog = input.checked; else this.logY = input.checked;
      this.keep(id, input.checked ? "on" : "");
      if (id === "logy") for (const card of this.cards.values()) card.logY = null;
      this.redraw(true);
    }
  }

  stopSearch(input) {
    input.value = "";
    input.blur();
    this.layOut();
    this.chips.show();
  }

  nextTheme() {
    this.keep("theme", flipTheme());
    this.recolour();
  }

  recolour() {
    this.colour();
    this.chips.show();
    this.redraw(true);
    this.showTab();
  }

}

export const app = new App(held ? report(JSON.parse(held.textContent)) : server);
app.start().catch(failure => {
  byId("grid").replaceChildren(el("p", { class: "empty" }, `The runs cannot be read: ${failure.message}`));
});
