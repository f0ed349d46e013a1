// Elements, numbers and texts. Whatever a run holds becomes a text node: nothing here or elsewhere parses HTML.

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "colour") element.style.setProperty("--colour", value);
    else if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return Number(value.toPrecision(3)).toExponential().replace("e+", "e");
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(4)));
}

// For an axis, where there is little room.
export function short(value) {
  const size = Math.abs(value);
  for (const [unit, least, one] of [["B", 1e9, 1e9], ["M", 1e6, 1e6], ["k", 1e4, 1e3]]) {
    if (size >= least && size < 1e12) return `${Number((value / one).toPrecision(3))}${unit}`;
  }
  return size >= 1000 && size < 1e4 ? String(Number(value.toPrecision(4))) : number(value);
}

// Steps are half a step early for what is measured before a stage begins.
export const stepText = step => Number.isInteger(step) ? step.toLocaleString("en") : `before ${Math.ceil(step).toLocaleString("en")}`;

export function ago(milliseconds) {
  const seconds = Math.max(0, (Date.now() - milliseconds) / 1000);
  for (const [name, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${name}${count > 1 ? "s" : ""} ago`;
  }
  return "just now";
}

// Characters that change the order of others, or show nothing, are named instead of obeyed.
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

const codeOf = character => "U+" + character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");

export const plain = text => text.replace(hidden, codeOf);

export function shown(text) {
  const parts = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    parts.append(text.slice(from, match.index));
    parts.append(el("span", { class: "control" }, codeOf(match[0])));
    from = match.index + match[0].length;
  }
  parts.append(text.slice(from));
  return parts;
}

export function download(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = el("a", { href: address, download: name.replace(/[^\w.-]+/g, "-") });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
