// What the curves are drawn over: steps, tokens trained on, or hours of steps; and the part of it that is in sight.
import { number, short, stepText } from "./format.js";
import { at, where } from "./curves.js";

const Hour = 3600;

export class Axis {
  constructor(app) {
    this.app = app;
    this.over = app.kept("over", "step");
    this.isLog = app.kept("logx", "") === "on";
    this.zoom = null;
  }

  // The series that tells where a step is on the axis.
  get series() { return { hours: "@seconds", tokens: "num_tokens" }[this.over]; }

  get unit() { return this.over === "hours" ? Hour : 1; }

  clock = run => this.series && run.curves?.get(this.series);

  place(run, step) {
    const clock = this.clock(run);
    const place = clock ? at(clock, step) / this.unit : step;
    return this.isLog ? Math.max(place, 1e-6) : place;
  }

  step(run, place) {
    const clock = this.clock(run);
    return clock ? where(clock, place * this.unit) : place;
  }

  places = (run, curve) => this.series || this.isLog ? curve.x.map(step => this.place(run, step)) : curve.x;

  // The steps in sight; null for all.
  window = run => this.zoom && this.zoom.map(place => this.step(run, place));

  range(low, high) {
    if (this.zoom) return this.zoom;
    if (low === null) return [0, 1];
    if (!(high > low)) return this.isLog ? [low / 2, low * 2] : [low - 1, low + 1];
    return [low, high];
  }

  // Between steps there is nothing to mark.
  steps() {
    return this.series || this.isLog ? {} : { incrs: Array.from({ length: 30 }, (_, i) => [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3)) };
  }

  tick(place) {
    if (this.over === "hours") return place > 0 && place < 1 ? `${number(place * 60)} min` : `${number(place)} h`;
    return short(place);
  }

  text(place) {
    if (this.over === "hours") return this.tick(place);
    if (this.over === "tokens") return `${number(place)} tokens`;
    const [first] = this.app.selected;
    const stages = first?.details?.stages ?? [];
    const stage = stages.filter(known => known.from <= place).at(-1);
    const isOne = this.app.selected.length === 1 && stage && stages.length > 1;
    return `step ${stepText(place)}${isOne ? ` · ${stage.name} ${stepText(Math.max(0, place - stage.before))}` : ""}`;
  }

  // Half or twice of what is in sight, around a place; null where that is the whole run.
  zoomed(factor, centre, plot) {
    const { min, max } = plot.scales.x;
    const half = (max - min) / 2 * factor;
    const whole = plot.data[0];
    return 2 * half >= whole.at(-1) - whole[0] ? null : [centre - half, centre + half];
  }
}
