// A chart as a file: SVG for papers, with light colours whatever the page's, and CSV with the values.
import { paperOf } from "./look.js";

const escape = text => String(text).replace(/[&<>"]/g, sign => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign])
  .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "");

export function svg(card) {
  const { plot } = card;
  const ratio = devicePixelRatio;
  const box = Object.fromEntries(["left", "top", "width", "height"].map(side => [side, plot.bbox[side] / ratio]));
  const runs = [...new Set(card.shown.map(line => line.run))];
  const top = 26, below = 18 * runs.length + 8;
  const [width, height] = [plot.width, plot.height + top + below];
  const x = value => (plot.valToPos(value, "x") + box.left).toFixed(1);
  const y = value => (plot.valToPos(value, "y") + box.top + top).toFixed(1);
  const [low, high] = [plot.scales.x.min, plot.scales.x.max];
  const parts = [`<text x="8" y="17" font-size="13" font-weight="600">${escape(card.name)}${card.about.unit ? ` <tspan fill="#777" font-weight="400">${escape(card.about.unit)}</tspan>` : ""}</text>`];
  const labels = axis => (plot.axes[axis]._splits ?? []).map((split, i) => [split, plot.axes[axis]._values?.[i] ?? ""]);
  for (const [split, label] of labels(0)) {
    parts.push(`<text x="${x(split)}" y="${box.top + top + box.height + 14}" text-anchor="middle" fill="#555">${escape(label)}</text>`);
  }
  for (const [split, label] of labels(1)) {
    if (label === "" && labels(1).length >= 40) continue;
    parts.push(`<path d="M${box.left} ${y(split)}h${box.width}" stroke="#ddd"/><text x="${box.left - 6}" y="${y(split)}" dy="0.35em" text-anchor="end" fill="#555">${escape(label)}</text>`);
  }
  for (const line of card.shown) {
    let path = "", pen = "M";
    line.x.forEach((place, i) => {
      if (line.y[i] === null) {
        pen = "M";
      } else if (place >= low && place <= high) {
        path += `${pen}${x(place)} ${y(line.y[i])}`;
        pen = "L";
      }
    });
    parts.push(`<path d="${path}" fill="none" stroke="${paperOf(line.run.slot)}" stroke-width="${line.isFaint ? 1 : 1.6}"${line.isFaint ? ' stroke-opacity="0.25"' : ""}${line.run.dash ? ` stroke-dasharray="${line.run.dash}"` : ""} stroke-linejoin="round"/>`);
  }
  runs.forEach((run, i) => {
    const place = plot.height + top + 18 * i + 8;
    parts.push(`<path d="M${box.left} ${place}h18" stroke="${paperOf(run.slot)}" stroke-width="2"/><text x="${box.left + 24}" y="${place}" dy="0.35em">${escape(run.name)}</text>`);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>${parts.join("")}</svg>\n`;
}

const cell = text => /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

export async function csv(app, name) {
  const rows = [`run,global_step,${cell(name)}`];
  for (const run of app.selected) {
    const answer = await app.source.series(run.id, [name], { points: 1000000 });
    const { x = [], y = [] } = answer.series[name] ?? {};
    x.forEach((step, i) => y[i] !== null && rows.push(`${cell(run.name)},${step},${y[i]}`));
  }
  return rows.join("\n") + "\n";
}
