// Colours: of the curves, of what is drawn around them, and light or dark.

// Okabe and Ito's, which people with any kind of colour vision can tell apart; a second round is dashed.
const colours = {
  light: ["#0072b2", "#d55e00", "#009e73", "#b8589a", "#b07c00", "#2d9fd9", "#5b5b5b"],
  dark: ["#4ba6e0", "#ff8a3d", "#2fc79b", "#e29ac6", "#e9b13c", "#8fd0f5", "#b4b4b4"],
};
const root = document.documentElement;
const system = () => matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
const theme = () => root.dataset.theme ?? system();

export function lineOf(slot) {
  const palette = colours[theme()];
  return { colour: palette[slot % palette.length], dash: slot >= palette.length ? [6, 3] : undefined };
}

// On paper, always on white.
export const paperOf = slot => colours.light[slot % colours.light.length];

export function surroundings() {
  const style = getComputedStyle(root);
  const of = name => style.getPropertyValue(name).trim();
  return { faint: of("--faint"), grid: of("--grid"), stage: of("--line"), warning: of("--warning"), font: "11px system-ui, sans-serif" };
}

// The other theme; nothing is kept where that is the system's own.
export function flipTheme() {
  const next = theme() === "dark" ? "light" : "dark";
  if (next === system()) delete root.dataset.theme; else root.dataset.theme = next;
  return root.dataset.theme ?? "";
}
