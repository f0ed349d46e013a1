// The page: which runs are shown, how, and what is asked for.
import { el, number, stepText, ago } from "./format.js";
import { server, report } from "./source.js";
import { group, pack, describe } from "./groups.js";
import { merge, at, where } from "./curves.js";
import { Card } from "./chart.js";
import { Samples } from "./samples.js";
import { showEvaluations, showWarnings, showRecipe } from "./tables.js";

// Okabe and Ito's colours, which people with any kind of colour vision can tell apart; a second round is dashed.
const colours = {
  light: ["#0072b2", "#d55e00", "#009e73", "#b8589a", "#b07c00", "#2d9fd9", "#5b5b5b"],
  dark: ["#4ba6e0", "#ff8a3d", "#2fc79b", "#e29ac6", "#e9b13c", "#8fd0f5", "#b4b4b4"],
};
// More runs than these are searched by name.
const Few = 8;
const byId = id => document.getElementById(id);
const held = document.getElementById("report-data");

class App {
  constructor(source) {
    this.source = source;
    this.runs = [];
    this.selected = [];
    this.described = [];
    this.cards = new Map();
    this.zoom = null;
    this.smoothing = Number(this.kept("smoothing", "0"));
    this.over = this.kept("over", "step");
    this.logX = this.kept("logx", "") === "on";
    this.logY = this.kept("logy", "") === "on";
    this.tab = "charts";
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
      const known = this.keptRuns().filter(id => this.runs.some(run => run.id === id));
      await this.select(known.length > 0 ? known : this.source.isLive ? [this.runs[0].id] : this.runs.map(run => run.id));
    }
    this.listen();
  }

  keptRuns() {
    try { return JSON.parse(sessionStorage.getItem("rlcore.runs") ?? "[]"); } catch { return []; }
  }

  // Runs keep their objects, so that what was read of them stays.
  async list({ title, runs }) {
    byId("runs").firstElementChild.textContent = `Runs in ${title}`;
    document.title = title ? `${title} – RlCore` : "RlCore runs";
    this.runs = runs.map(run => Object.assign(this.runs.find(known => known.id === run.id) ?? {}, run));
    this.selected = this.selected.filter(run => this.runs.includes(run));
    this.showRuns();
    // Until someone has chosen runs, the page follows the one that began last.
    const newest = this.runs[0];
    if (this.source.isLive && this.isReady && !this.isChosen && newest && !this.selected.includes(newest)
      && (this.selected.length === 0 || newest.state === "running")) {
      await this.select([newest.id]);
    }
    this.isReady = true;
  }

  async select(ids) {
    this.selected = this.runs.filter(run => ids.includes(run.id));
    this.colour();
    try { sessionStorage.setItem("rlcore.runs", JSON.stringify(ids)); } catch { /* The same. */ }
    this.showRuns();
    await Promise.all(this.selected.filter(run => !run.details).map(run => this.refresh(run)));
    this.showRuns();
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
      const palette = colours[this.isDark ? "dark" : "light"];
      run.colour = palette[run.slot % palette.length];
      run.dash = run.slot >= palette.length ? [6, 3] : undefined;
    }
  }

  paper = run => colours.light[run.slot % colours.light.length];

  get isDark() {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  look() {
    const style = getComputedStyle(document.documentElement);
    const of = name => style.getPropertyValue(name).trim();
    return { faint: of("--faint"), grid: of("--grid"), stage: of("--line"), warning: of("--warning"), font: "11px system-ui, sans-serif" };
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
    this.showRuns();
    if (progress.version === before.version && progress.generation === before.generation) return;
    // Curves are read from where they end; the rest only where it has changed.
    const isOther = ["generation", "warned", "evaluated", "staged", "measured"].some(count => progress[count] !== before[count]);
    const isShown = isOther || (this.tab === "samples" && progress.samples !== before.samples);
    if (isOther) await this.refresh(run); else Object.assign(before, progress);
    if (run.details.metrics.join() !== before.metrics.join()) this.layOut();
    this.ask();
    if (isShown) this.showTab(true);
  }

  // --- runs

  showRuns() {
    const place = byId("runs");
    const focused = document.activeElement?.dataset?.run;
    byId("many").hidden = this.runs.length <= Few;
    const sought = byId("find-run").value.trim().toLowerCase();
    const chips = this.runs.filter(run => this.selected.includes(run) || run.name.toLowerCase().includes(sought)).map(run => {
      const isOn = this.selected.includes(run);
      const box = el("input", { type: "checkbox", checked: isOn, onchange: event => this.toggle(run.id, event.target.checked) });
      box.dataset.run = run.id;
      const step = run.step > 0 ? stepText(run.step) : "";
      return el("label", { class: `run ${run.state}${isOn ? " on" : ""}`, colour: isOn ? run.colour : "", title: `${run.name}: ${run.state}, last step ${ago(run.changed)}` },
        box, el("i", { class: "swatch" }), el("span", { class: "name" }, run.name),
        el("span", { class: "state" }, run.state === "running" ? `${step} running` : run.state === "stopped" ? `${step} stopped` : step));
    });
    if (this.runs.length === 0) chips.push(el("span", { class: "state" }, "No run here yet. It appears when a training begins."));
    place.replaceChildren(place.firstElementChild, ...chips);
    if (focused) place.querySelector(`[data-run="${focused}"]`)?.focus();
    const warned = this.selected.reduce((sum, run) => sum + (run.warned ?? 0), 0);
    byId("warned").textContent = warned > 0 ? number(warned) : "";
  }

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
    const hint = this.selected.length === 0 ? "Select a run above." : names.length === 0 ? "No step has been done yet." : "No metric has such a name.";
    byId("grid").replaceChildren(...(placed.length > 0 ? placed : [el("p", { class: "empty" }, hint)]));
    for (const card of this.cards.values()) if (card.isSeen) card.draw();
    this.ask();
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
        this.ask();
      }
    }
  }

  redraw(anew = false) {
    for (const card of this.cards.values()) {
      if (card.isSeen) card.draw(anew);
      else if (anew) { card.plot?.destroy(); card.plot = null; }
    }
  }

  // Asks for what the charts in sight lack: together, and one request a run at a time.
  ask() {
    if (this.asked) return;
    this.asked = true;
    queueMicrotask(() => {
      this.asked = false;
      for (const run of this.selected) if (!run.asking) this.askRun(run);
    });
  }

  wanted(run) {
    const cards = [...this.cards.values()].filter(card => card.isSeen && run.details.metrics.includes(card.name));
    const lists = new Map();
    const add = (key, name) => lists.set(key, [...(lists.get(key) ?? []), name]);
    const window = this.window(run);
    const clocks = this.over === "hours" ? ["@seconds"] : this.over === "tokens" ? ["num_tokens"] : [];
    run.curves ??= new Map();
    for (const name of [...clocks, ...cards.map(card => card.name)]) {
      const curve = run.curves.get(name);
      const isClock = clocks.includes(name);
      const own = isClock || !(curve?.m || curve?.window) ? null : window;
      if (!curve || curve.generation !== run.details.generation || String(curve.window ?? null) !== String(own)) {
        add(JSON.stringify(own ? { from: own[0], to: own[1] } : {}), name);
      } else if (curve.rows < run.details.rows && !curve.window) {
        add(curve.x.length > 6000 ? "{}" : JSON.stringify({ after: curve.rows, generation: curve.generation }), name);
      }
    }
    return lists;
  }

  async askRun(run) {
    const lists = this.wanted(run);
    if (lists.size === 0) return;
    run.asking = true;
    try {
      for (const [key, names] of lists) {
        const options = JSON.parse(key);
        const answer = await this.source.series(run.id, names, options);
        const window = "from" in options ? [options.from, options.to] : undefined;
        for (const name of names) {
          run.curves.set(name, merge(run.curves.get(name), answer, answer.series[name], window));
        }
      }
      const isClock = this.over !== "step";
      const names = new Set([...lists.values()].flat());
      for (const card of this.cards.values()) {
        if (card.isSeen && this.selected.includes(run) && (isClock || names.has(card.name))) card.draw();
      }
    } catch {
      run.failed = (run.failed ?? 0) + 1;
      if (run.failed < 3) setTimeout(() => this.ask(), 1000);
      return;
    } finally {
      run.asking = false;
    }
    run.failed = 0;
    this.ask();
  }

  // --- the axis of steps, tokens or hours

  clock(run) {
    return this.over === "step" ? null : run.curves?.get(this.over === "hours" ? "@seconds" : "num_tokens");
  }

  axisAt(run, step) {
    const clock = this.clock(run);
    const place = clock ? at(clock, step) / (this.over === "hours" ? 3600 : 1) : step;
    return this.logX ? Math.max(place, 1e-6) : place;
  }

  axis = (run, curve) => this.over === "step" && !this.logX ? curve.x : curve.x.map(step => this.axisAt(run, step));

  window(run) {
    if (!this.zoom) return null;
    const clock = this.clock(run);
    return clock ? this.zoom.map(place => where(clock, place * (this.over === "hours" ? 3600 : 1))) : this.zoom;
  }

  range(low, high) {
    if (this.zoom) return this.zoom;
    if (low === null) return [0, 1];
    if (!(high > low)) return this.logX ? [low / 2, low * 2] : [low - 1, low + 1];
    return [low, high];
  }

  tick(place) {
    const size = Math.abs(place);
    if (this.over === "hours" && size < 1 && size > 0) return `${number(place * 60)} min`;
    if (this.over === "hours") return `${number(place)} h`;
    for (const [unit, many] of [["B", 1e9], ["M", 1e6], ["k", 1e4]]) {
      if (size >= many) return `${Number((place / (unit === "k" ? 1000 : many)).toPrecision(3))}${unit}`;
    }
    return String(Number(place.toPrecision(4)));
  }

  placeText(place) {
    if (this.over === "hours") return place < 1 ? `${number(place * 60)} min` : `${number(place)} h`;
    if (this.over === "tokens") return `${number(place)} tokens`;
    const first = this.selected[0];
    const stage = first?.details?.stages.filter(known => known.from <= place).at(-1);
    const isOne = this.selected.length === 1 && stage && first.details.stages.length > 1;
    return isOne ? `step ${stepText(place)} · ${stage.name} ${stepText(Math.max(0, place - stage.before))}` : `step ${stepText(place)}`;
  }

  stepAt(place) {
    const [first] = this.selected;
    const clock = this.clock(first);
    return clock ? where(clock, place * (this.over === "hours" ? 3600 : 1)) : place;
  }

  warningsAt(place) {
    if (this.over !== "step") return [];
    const here = this.selected.flatMap(run => run.details?.warnings ?? []).filter(({ first, last }) => first <= place && place <= last);
    return [...new Set(here.map(warning => warning.kind))].slice(0, 2);
  }

  zoomTo(range) {
    this.zoom = range;
    byId("whole").hidden = !range;
    for (const card of this.cards.values()) if (card.isSeen) card.draw();
    this.ask();
  }

  zoomBy(factor, centre, plot) {
    const { min, max } = plot.scales.x;
    const half = (max - min) / 2 * factor;
    const whole = plot.data[0];
    const isWhole = 2 * half >= whole.at(-1) - whole[0] && !this.zoom;
    this.zoomTo(isWhole || half > 1e12 ? null : [centre - half, centre + half]);
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
    bind("over", "change", () => this.over, (input, value) => { input.value = value; });
    bind("logx", "change", () => this.logX, (input, value) => { input.checked = value; });
    bind("logy", "change", () => this.logY, (input, value) => { input.checked = value; });
    byId("smoothed").textContent = this.smoothing || "";
    byId("find").addEventListener("input", () => this.layOut());
    byId("find-run").addEventListener("input", () => this.showRuns());
    byId("tools").addEventListener("submit", event => event.preventDefault());
    byId("whole").addEventListener("click", () => this.zoomTo(null));
    byId("theme").addEventListener("click", () => this.nextTheme());
    byId("help").addEventListener("click", () => this.help());
    new ResizeObserver(() => this.columnsOf(byId("grid").clientWidth) !== this.columns && this.columns && this.layOut()).observe(byId("grid"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    document.addEventListener("visibilitychange", () => this.listen());
    document.addEventListener("keydown", event => this.key(event));
  }

  take(id, input) {
    if (id === "smoothing") {
      this.smoothing = Number(input.value);
      byId("smoothed").textContent = this.smoothing || "";
      this.keep("smoothing", input.value);
      this.redraw();
    } else if (id === "over") {
      this.over = input.value;
      this.keep("over", input.value);
      this.zoomTo(null);
    } else {
      this[id === "logx" ? "logX" : "logY"] = input.checked;
      this.keep(id, input.checked ? "on" : "");
      if (id === "logy") for (const card of this.cards.values()) card.logY = null;
      this.redraw(true);
    }
  }

  nextTheme() {
    const root = document.documentElement;
    const next = { undefined: this.isDark ? "light" : "dark", light: "dark", dark: "light" }[root.dataset.theme];
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    if (next === system) delete root.dataset.theme; else root.dataset.theme = next;
    this.keep("theme", root.dataset.theme ?? "");
    this.recolour();
  }

  recolour() {
    this.colour();
    this.showRuns();
    this.redraw(true);
    this.showTab();
  }

  help() {
    const keys = [
      ["/", "find metrics"], ["1 – 5", "charts, samples, evaluations, warnings, recipe"], ["[  ]", "less, more smoothing"],
      ["x", "over steps, tokens or hours"], ["y", "logarithmic y axes"], ["0", "the whole run again"], ["t", "light or dark"], ["?", "this list"],
      ["Tab", "to the next chart; then:"], ["← →", "move the cursor (Shift: by ten)"], ["+ −", "zoom in, out"], ["Enter", "enlarge"],
      ["l", "logarithmic axis"], ["v", "the samples of the step"], ["s  c", "download as SVG, as CSV"], ["drag", "zoom; double click for the whole run"],
    ];
    byId("keys").querySelector("dl").replaceChildren(...keys.flatMap(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)]));
    byId("keys").showModal();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
    const isTyping = event.target.matches?.("input:not([type=checkbox]):not([type=range]), select, textarea");
    if (isTyping) {
      if (event.key === "Escape" && event.target.type === "search") {
        event.target.value = "";
        event.target.blur();
        this.layOut();
        this.showRuns();
      }
      return;
    }
    const smoothBy = change => {
      const input = byId("smoothing");
      input.value = Number(input.value) + change;
      this.take("smoothing", input);
    };
    const flip = id => { byId(id).checked = !byId(id).checked; this.take(id, byId(id)); };
    const keys = {
      "/": () => { this.go("charts"); byId("find").focus(); byId("find").select(); },
      "?": () => this.help(),
      "[": () => smoothBy(-0.1),
      "]": () => smoothBy(0.1),
      x: () => { const over = byId("over"); over.selectedIndex = (over.selectedIndex + 1) % over.length; this.take("over", over); },
      y: () => flip("logy"),
      0: () => this.zoomTo(null),
      t: () => this.nextTheme(),
      1: () => this.go("charts"),
      2: () => this.go("samples"),
      3: () => this.go("evaluations"),
      4: () => this.go("warnings"),
      5: () => this.go("recipe"),
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  }
}

export const app = new App(held ? report(JSON.parse(held.textContent)) : server);
app.start().catch(failure => {
  byId("grid").replaceChildren(el("p", { class: "empty" }, `The runs cannot be read: ${failure.message}`));
});
