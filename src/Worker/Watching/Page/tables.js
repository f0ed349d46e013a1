// Evaluations, warnings and recipes of the selected runs.
import { el, number, stepText } from "./format.js";

const swatch = run => el("i", { class: "dot", colour: run.colour, title: run.name });
const named = run => el("span", { class: "named", colour: run.colour }, el("i", { class: "dot" }), run.name);
const percent = value => `${(100 * value).toFixed(1)} %`;

export function showEvaluations(place, runs) {
  const kept = runs.filter(run => run.details.evaluations.rows.length > 0);
  place.replaceChildren(...(kept.length > 0 ? kept.map(evaluationTable)
    : [el("p", { class: "empty" }, "No evaluation yet: a recipe with \"evaluation\" is evaluated before its first stage and after each.")]));
}

function evaluationTable(run) {
  const { columns, rows } = run.details.evaluations;
  const fixed = ["label", "prompts", "samples", "seconds"].filter(name => columns.includes(name));
  const measures = columns.slice(1).filter(name => !fixed.includes(name) && !/\/(low|high)$/.test(name));
  const of = (row, name) => row[columns.indexOf(name)] ?? "";
  return el("div", { class: "scroll" }, el("table", {},
    el("caption", {}, named(run)),
    el("thead", {}, el("tr", {}, ...fixed.map(name => el("th", { class: name === "label" ? "" : "number" }, name)), ...measures.map(name => el("th", {}, name)))),
    el("tbody", {}, ...rows.map(row => el("tr", {},
      ...fixed.map(name => el("td", { class: name === "label" ? "" : "number", "data-name": name }, name === "label" ? of(row, name) : number(Number(of(row, name))))),
      ...measures.map(name => measure(name, ...["", "/low", "/high"].map(end => Number(of(row, name + end))), run)))))));
}

// A measure with its 95 % interval, also as a bar on a scale from 0 to 1.
function measure(name, value, low, high, run) {
  const isFraction = value >= 0 && value <= 1 && low >= 0 && high <= 1;
  const text = isFraction ? percent(value) : number(value);
  const interval = !Number.isFinite(low) ? "" : isFraction ? `${(100 * low).toFixed(1)} – ${percent(high)}` : `${number(low)} – ${number(high)}`;
  const cell = el("td", { "data-name": name, title: `95 % interval ${interval}` }, el("b", {}, text), el("small", {}, interval));
  if (isFraction) {
    const bar = el("div", { class: "interval", colour: run.colour }, el("i", {}), el("b", {}));
    bar.firstChild.style.left = percent(low).replace(" ", "");
    bar.firstChild.style.width = `${Math.max(0.5, 100 * (high - low))}%`;
    bar.lastChild.style.left = percent(value).replace(" ", "");
    cell.append(bar);
  }
  return cell;
}

export function showWarnings(place, runs, showStep) {
  const rows = runs.flatMap(run => run.details.warnings.map(warning => ({ run, ...warning }))).sort((a, b) => b.last - a.last);
  if (rows.length === 0) {
    place.replaceChildren(el("p", { class: "empty" }, "No warnings."));
    return;
  }
  place.replaceChildren(el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, ...["", "steps", "stage", "kind", "what it says"].map(name => el("th", {}, name)))),
    el("tbody", {}, ...rows.map(row => el("tr", {},
      el("td", {}, swatch(row.run)),
      el("td", { "data-name": "steps" }, el("button", { class: "plain", type: "button", title: "Samples of this step", onclick: () => showStep(row.last) },
        row.first === row.last ? stepText(row.first) : `${stepText(row.first)} – ${stepText(row.last)}`)),
      el("td", { "data-name": "stage" }, row.stage), el("td", { "data-name": "kind" }, row.kind),
      el("td", { "data-name": "says" }, row.message)))))));
}

export function showRecipe(place, runs) {
  const flat = runs.map(run => new Map(run.details.description ? settings(run.details.description, "") : []));
  const keys = [...new Set(flat.flatMap(map => [...map.keys()]))];
  const differing = keys.filter(key => new Set(flat.map(map => map.get(key))).size > 1);
  const parts = [];
  if (runs.length > 1) {
    parts.push(el("h2", {}, "Differences"), differing.length > 0 ? settingTable(runs, flat, differing)
      : el("p", { class: "empty" }, "These runs have the same recipe, engine, versions and datasets."));
  }
  parts.push(el("h2", {}, runs.length > 1 ? "All settings" : "Recipe"), settingTable(runs, flat, keys, new Set(differing)));
  place.replaceChildren(...parts);
}

function settingTable(runs, flat, keys, marked = new Set()) {
  return el("div", { class: "scroll" }, el("table", { class: "settings" },
    el("thead", {}, el("tr", {}, el("th", {}, "setting"), ...runs.map(run => el("th", {}, named(run))))),
    ...sections(keys).map(([title, members]) => el("tbody", {},
      title ? el("tr", {}, el("th", { class: "part", colSpan: runs.length + 1 }, title)) : null,
      ...members.map(key => el("tr", { class: marked.has(key) && runs.length > 1 ? "differs" : "" },
        el("td", {}, title ? key.slice(title.length + 1) : key),
        ...flat.map((map, i) => el("td", runs.length > 1 ? { "data-name": runs[i].name } : {}, map.has(key) ? map.get(key) : "–"))))))));
}

// A part for each stage, and for what else has several settings; what stands alone comes first.
function sections(keys) {
  const parts = new Map([["", []]]);
  for (const key of keys) {
    const title = /^(stages\.[^.]+|[^.]+)\./.exec(key)?.[1] ?? "";
    parts.set(title, [...(parts.get(title) ?? []), key]);
  }
  return [...parts].filter(([, members]) => members.length > 0);
}

// The settings of run.json by path. Stages go by their names, so that a stage put before another moves no setting.
function settings(value, path) {
  if (Array.isArray(value) && value.some(item => item !== null && typeof item === "object")) {
    return value.flatMap((item, index) => settings(item, `${path}${path ? "." : ""}${item?.name ?? item?.type ?? index}`));
  }
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) => settings(inner, path === "" && key === "recipe" ? "" : `${path}${path ? "." : ""}${key}`));
  }
  return [[path, typeof value === "string" ? value : JSON.stringify(value)]];
}
