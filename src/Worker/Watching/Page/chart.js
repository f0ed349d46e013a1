// One card of the grid: the curves of a metric, with a readout under them.
import { el, number, short, download } from "./format.js";
import { surroundings } from "./look.js";
import { smooth } from "./curves.js";
import { svg, csv } from "./files.js";

const Low = 190, Tall = 440;

export class Card {
  constructor(app, about) {
    this.app = app;
    this.about = about;
    this.name = about.name;
    this.logY = null;
    this.isSeen = false;
    this.isWide = false;
    this.body = el("div", { class: "plot" });
    this.readout = el("div", { class: "readout" });
    this.place = el("span", { class: "place" });
    this.kinds = el("div", { class: "kinds" });
    const tool = (label, title, press) => el("button", { class: "tool", type: "button", title, "aria-label": `${title}: ${this.name}`, onclick: press }, label);
    this.log = tool("log", "Logarithmic axis (l)", () => this.toggleLog());
    this.wide = tool("⤢", "Enlarge (Enter)", () => this.toggleWide());
    this.element = el("article", { class: "card", tabIndex: 0, onkeydown: event => this.key(event) },
      el("header", {},
        el("h3", { title: about.meaning }, this.name),
        el("span", { class: "unit" }, about.unit === this.name ? "" : about.unit),
        el("span", { class: "tools" }, this.log,
          tool("svg", "Download as SVG (s)", () => this.saveSvg()),
          tool("csv", "Download as CSV (c)", () => this.saveCsv()),
          this.wide)),
      el("p", { class: "meaning" }, about.meaning),
      this.kinds, this.body, el("footer", {}, this.readout, this.place));
    this.element.card = this;
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.body);
  }

  get isLogY() { return this.logY ?? this.app.logY; }

  get height() { return this.isWide ? Math.min(Tall, Math.max(Low, innerHeight - 260)) : Low; }

  fit() {
    const width = this.body.clientWidth;
    if (this.plot && width > 0 && (width !== this.plot.width || this.height !== this.plot.height)) {
      this.plot.setSize({ width, height: this.height });
    }
  }

  toggleLog() {
    this.logY = !this.isLogY;
    this.draw(true);
  }

  toggleWide(to = !this.isWide) {
    this.isWide = to;
    this.element.classList.toggle("wide", to);
    this.wide.textContent = to ? "⤡" : "⤢";
    this.body.style.height = `${this.height}px`;
    this.fit();
    if (to) this.element.scrollIntoView({ block: "nearest" });
  }

  // A curve is drawn faintly, and its smoothed form over it.
  lines() {
    const lines = [];
    for (const run of this.app.selected) {
      const curve = run.curves?.get(this.name);
      if (!curve || curve.x.length === 0) continue;
      const x = this.app.axis.places(run, curve);
      const usable = values => this.isLogY ? values.map(value => value > 0 ? value : null) : values;
      if (this.app.smoothing > 0) {
        lines.push({ run, x, y: usable(curve.y), isFaint: true });
        lines.push({ run, x, y: usable(smooth(curve, this.app.smoothing)) });
      } else {
        lines.push({ run, x, y: usable(curve.y) });
      }
    }
    return lines;
  }

  draw(anew = false) {
    const lines = this.shown = this.lines();
    const empty = lines.every(line => line.y.every(value => value === null));
    this.element.classList.toggle("blank", empty);
    this.element.dataset.points = lines.reduce((sum, line) => sum + (line.isFaint ? 0 : line.x.length), 0);
    this.log.setAttribute("aria-pressed", this.isLogY);
    const key = lines.map(line => `${line.run.id}${line.run.colour}${line.isFaint}`).join() + this.isLogY + this.app.axis.isLog + this.app.axis.over;
    if (this.plot && (anew || key !== this.key_)) {
      this.plot.destroy();
      this.plot = null;
    }
    this.key_ = key;
    if (empty) {
      this.plot?.destroy();
      this.plot = null;
      this.readout.replaceChildren(this.app.selected.some(run => run.curves?.has(this.name)) ? (this.isLogY ? "No positive values" : "No values") : "…");
      return;
    }
    const data = uPlot.join(lines.map(line => [line.x, line.y]));
    if (this.plot) {
      this.plot.setData(data);
    } else {
      this.plot = new uPlot(this.options(lines), data, this.body);
    }
    this.read(null);
  }

  options(lines) {
    const { app } = this;
    const look = surroundings();
    const axis = { stroke: look.faint, grid: { stroke: look.grid, width: 1 }, ticks: { show: false }, font: look.font, gap: 4 };
    return {
      width: this.body.clientWidth || 300,
      height: this.height,
      legend: { show: false },
      focus: { alpha: 1 },
      padding: [this.stages().length > 0 ? 15 : 8, 16, 0, 0],
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false },
        sync: { key: "steps" },
        points: { size: (_, index) => lines[index - 1]?.isFaint ? 0 : 6 },
        bind: { dblclick: () => () => { app.zoomTo(null); return null; } },
      },
      scales: {
        x: { time: false, distr: app.axis.isLog ? 3 : 1, range: (_, low, high) => app.axis.range(low, high) },
        y: { distr: this.isLogY ? 3 : 1, range: this.isLogY ? undefined : (_, low, high) => margin(low, high) },
      },
      axes: [
        { ...axis, size: 22, values: (_, ticks) => ticks.map(tick => tick === null ? "" : app.axis.tick(tick)), space: 60, ...app.axis.steps() },
        { ...axis, grid: { ...axis.grid, filter: decades }, size: 46, values: (_, ticks) => ticks.map(tick => tick === null ? "" : short(tick)), space: 34 },
      ],
      series: [{}, ...lines.map(line => ({
        stroke: line.isFaint ? line.run.colour + "40" : line.run.colour,
        dash: line.run.dash,
        width: line.isFaint ? 1 : 1.6,
        points: { show: (plot, index) => !line.isFaint && sparse(plot.data[index]), size: 4, fill: line.run.colour },
      }))],
      hooks: {
        drawClear: [plot => this.marks(plot, look)],
        setCursor: [plot => this.read(plot.cursor.left >= 0 ? plot.cursor.idx : null)],
        setSelect: [plot => this.select(plot)],
        ready: [plot => this.touch(plot)],
      },
    };
  }

  // uPlot knows the mouse. A finger that goes sideways zooms as well; one that goes up or down scrolls the page.
  touch(plot) {
    const { over } = plot;
    let from = null;
    const place = event => Math.max(0, Math.min(over.clientWidth, event.clientX - over.getBoundingClientRect().left));
    const show = (left, width) => plot.setSelect({ left, width, top: 0, height: over.clientHeight }, false);
    over.addEventListener("pointerdown", event => {
      from = event.pointerType === "touch" && event.isPrimary ? place(event) : null;
    });
    over.addEventListener("pointermove", event => {
      if (from === null || event.pointerType !== "touch") return;
      const to = place(event);
      show(Math.min(from, to), Math.abs(to - from));
      plot.setCursor({ left: to, top: over.clientHeight / 2 });
    });
    over.addEventListener("pointerup", () => {
      if (from !== null) this.select(plot);
      from = null;
    });
    over.addEventListener("pointercancel", () => {
      if (from !== null) show(0, 0);
      from = null;
    });
  }

  select(plot) {
    const { left, width } = plot.select;
    if (width > 4) {
      plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      this.app.zoomTo([plot.posToVal(left, "x"), plot.posToVal(left + width, "x")]);
    }
  }

  // Those of the first run; a single one needs no mark.
  stages() {
    const stages = this.app.selected[0]?.details?.stages ?? [];
    return stages.length > 1 ? stages : [];
  }

  // Where stages begin, and where warnings were, under the curves.
  marks(plot, look) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const run of this.app.selected) {
      for (const warning of run.details?.warnings ?? []) {
        const [from, to] = [warning.first, warning.last].map(step => plot.valToPos(this.app.axis.place(run, step), "x", true));
        ctx.fillStyle = look.warning;
        ctx.fillRect(from - devicePixelRatio, bbox.top + bbox.height - 4 * devicePixelRatio, Math.max(2 * devicePixelRatio, to - from), 4 * devicePixelRatio);
      }
    }
    const [first] = this.app.selected;
    ctx.restore();
    ctx.save();
    ctx.font = look.font.replace(/(\d+)px/, (_, size) => `${size * devicePixelRatio}px`);
    ctx.textBaseline = "bottom";
    for (const stage of this.stages()) {
      const x = Math.round(plot.valToPos(this.app.axis.place(first, stage.from), "x", true));
      if (x >= bbox.left && x < bbox.left + bbox.width) {
        ctx.fillStyle = look.stage;
        ctx.fillRect(x, bbox.top - 11 * devicePixelRatio, devicePixelRatio, bbox.height + 11 * devicePixelRatio);
        ctx.fillStyle = look.faint;
        ctx.fillText(stage.name, x + 4 * devicePixelRatio, bbox.top, 90 * devicePixelRatio);
      }
    }
    ctx.restore();
  }

  // The values at the cursor; without one, the last.
  read(index) {
    const plot = this.plot;
    if (!plot) return;
    const parts = [];
    this.shown.forEach((line, i) => {
      if (line.isFaint) return;
      const values = plot.data[i + 1];
      let place = index ?? values.length - 1;
      while (place > 0 && (values[place] === null || values[place] === undefined)) place--;
      parts.push(el("span", { class: "value", colour: line.run.colour, title: line.run.name },
        el("i", { class: "dot" }), this.app.selected.length > 1 && this.isWide ? `${line.run.name} ` : null, el("b", {}, number(values[place]))));
    });
    this.readout.replaceChildren(...parts);
    const place = index === null ? null : plot.data[0][index];
    const kinds = place === null ? [] : this.app.warningsAt(place);
    this.kinds.replaceChildren(...kinds.map(kind => el("span", { class: "kind" }, kind)));
    this.place.textContent = place === null ? "" : this.app.axis.text(place);
    const last = parts.map(part => `${part.title} ${part.textContent}`).join(", ");
    this.element.setAttribute("aria-label", `${this.name}, ${place === null ? "last" : this.place.textContent}: ${last}`);
  }

  moveTo(index) {
    const plot = this.plot;
    const kept = Math.max(0, Math.min(plot.data[0].length - 1, index));
    const left = plot.valToPos(plot.data[0][kept], "x");
    plot.setCursor({ left, top: plot.over.clientHeight / 2 }, true, true);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.element) return;
    const step = event.shiftKey ? 10 : 1;
    const { plot } = this;
    const index = plot?.cursor.idx ?? (plot ? plot.data[0].length : 0);
    const keys = {
      ArrowLeft: () => plot && this.moveTo(index - step),
      ArrowRight: () => plot && this.moveTo(index + step),
      Home: () => plot && this.moveTo(0),
      End: () => plot && this.moveTo(plot.data[0].length - 1),
      Enter: () => this.toggleWide(),
      Escape: () => this.isWide && this.toggleWide(false),
      "+": () => plot && this.app.zoomBy(0.5, plot.data[0][plot.cursor.idx ?? plot.data[0].length - 1], plot),
      "-": () => plot && this.app.zoomBy(2, plot.data[0][plot.cursor.idx ?? plot.data[0].length - 1], plot),
      l: () => this.toggleLog(),
      v: () => plot && this.app.showStep(Math.ceil(this.app.axis.step(this.app.selected[0], plot.data[0][Math.min(index, plot.data[0].length - 1)]))),
      s: () => this.saveSvg(),
      c: () => this.saveCsv(),
    };
    if (keys[event.key]) {
      keys[event.key]();
      event.preventDefault();
      event.stopPropagation();
    }
  }

  saveSvg() {
    if (this.plot) download(`${this.name}.svg`, "image/svg+xml", svg(this));
  }

  async saveCsv() {
    download(`${this.name}.csv`, "text/csv", await csv(this.app, this.name));
  }
}

// On a logarithmic axis of many decades, lines within them would be a wall.
function decades(plot, splits) {
  return splits.length < 40 ? splits : splits.map(split => Math.abs(Math.log10(split) - Math.round(Math.log10(split))) < 1e-9 ? split : null);
}

function margin(low, high) {
  if (low === null) return [0, 1];
  const space = (high - low || Math.abs(high) || 1) * 0.08;
  return [low >= 0 && low - space < 0 ? 0 : low - space, high + space];
}

// A curve of few points shows them: a line needs two.
function sparse(values) {
  let count = 0;
  for (const value of values) {
    if (value !== null && value !== undefined && ++count > 24) return false;
  }
  return true;
}
