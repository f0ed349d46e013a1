// What the charts in sight lack is asked for: together, and one request a run at a time.
import { merge } from "./curves.js";

// A curve that has grown to so many points is asked for anew, with fewer.
const MostPoints = 6000;
const Tries = 3;

export class Demand {
  constructor(app) {
    this.app = app;
  }

  ask() {
    if (this.isComing) return;
    this.isComing = true;
    queueMicrotask(() => {
      this.isComing = false;
      for (const run of this.app.selected) if (!run.isAsking) this.askRun(run);
    });
  }

  // Names of curves by how to ask for them.
  lacking(run) {
    const { axis, cards } = this.app;
    const names = [...cards.values()].filter(card => card.isSeen && run.details.metrics.includes(card.name)).map(card => card.name);
    const lists = new Map();
    const add = (how, name) => {
      const key = JSON.stringify(how);
      lists.set(key, [...(lists.get(key) ?? []), name]);
    };
    const inSight = axis.window(run);
    run.curves ??= new Map();
    for (const name of axis.series ? [axis.series, ...names] : names) {
      const curve = run.curves.get(name);
      // A curve of all its rows needs no closer look, and neither does the axis.
      const window = name !== axis.series && (curve?.m || curve?.window) ? inSight : null;
      if (!curve || curve.generation !== run.details.generation || String(curve.window ?? null) !== String(window)) {
        add(window ? { from: window[0], to: window[1] } : {}, name);
      } else if (curve.rows < run.details.rows && !curve.window) {
        add(curve.x.length > MostPoints ? {} : { after: curve.rows, generation: curve.generation }, name);
      }
    }
    return lists;
  }

  async askRun(run) {
    const lists = this.lacking(run);
    if (lists.size === 0) return;
    run.isAsking = true;
    try {
      for (const [key, names] of lists) await this.fetch(run, JSON.parse(key), names);
      run.failed = 0;
    } catch {
      run.failed = (run.failed ?? 0) + 1;
      if (run.failed < Tries) setTimeout(() => this.ask(), 1000);
      return;
    } finally {
      run.isAsking = false;
    }
    this.ask();
  }

  async fetch(run, how, names) {
    const answer = await this.app.source.series(run.id, names, how);
    const window = "from" in how ? [how.from, how.to] : undefined;
    for (const name of names) run.curves.set(name, merge(run.curves.get(name), answer, answer.series[name], window));
    if (!this.app.selected.includes(run)) return;
    const isAxis = names.includes(this.app.axis.series);
    for (const card of this.app.cards.values()) if (card.isSeen && (isAxis || names.includes(card.name))) card.draw();
  }
}
