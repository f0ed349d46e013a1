// The tokens of a completion, coloured by log-prob or by advantage. What a token reads as is a text node, like everything of a run.
import { el, number, plain, shown } from "./format.js";

export const tokenWays = [["", "nothing"], ["logprob", "log-prob"], ["advantage", "advantage"]];

// From this log-prob on, a token has the full colour: less than one in a hundred.
const LeastLogProb = -5;

// How much of the colour the strongest has, so that the text over it can be read.
const Strongest = 45;

const known = value => value !== null && value !== undefined;

export class TokenColours {
  constructor(by, rows) {
    const all = rows.flatMap(row => row.tokens ?? []);
    this.hasTokens = all.length > 0;
    this.hasAdvantages = all.some(token => known(token[3]));
    this.by = !this.hasTokens || (by === "advantage" && !this.hasAdvantages) ? "" : by;
    this.widest = all.reduce((widest, token) => Math.max(widest, Math.abs(token[3] ?? 0)), 0) || 1;
  }

  // The completion as spans; tell is given what a token is when it is pointed at or reached with the keyboard.
  spans(tokens, tell) {
    const spans = tokens.map((token, i) => {
      const says = describeToken(token);
      const span = el("span", { class: "token", tabIndex: i === 0 ? 0 : -1, title: says, role: "listitem", "aria-label": says }, shown(token[1]));
      if (token[1] === "") span.dataset.mark = "·";
      this.paint(span, token);
      return span;
    });
    const list = el("span", { role: "list", "aria-label": "Tokens" }, ...spans);
    const of = event => event.target.closest(".token");
    list.addEventListener("mouseover", event => of(event) && tell(of(event).title));
    list.addEventListener("focusin", event => {
      for (const span of spans) span.tabIndex = span === of(event) ? 0 : -1;
      tell(of(event).title);
    });
    list.addEventListener("keydown", event => {
      const at = spans.indexOf(of(event));
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: spans.length - 1 }[event.key];
      if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      spans[Math.max(0, Math.min(spans.length - 1, to))].focus();
    });
    return list;
  }

  paint(span, [, , logProb, advantage]) {
    const value = this.by === "logprob" ? logProb : advantage;
    if (!known(value)) return;
    const share = this.by === "logprob" ? Math.min(1, value / LeastLogProb) : Math.abs(value) / this.widest;
    span.classList.add(this.by === "logprob" ? "rare" : value < 0 ? "minus" : "plus");
    span.style.setProperty("--share", `${(Math.max(0, share) * Strongest).toFixed(1)}%`);
  }

  legend() {
    const scale = (kind, from, to) => [el("span", {}, from), el("i", { class: `scale ${kind}` }), el("span", {}, to)];
    if (this.by === "logprob") return scale("rare", "0", `${LeastLogProb} nats or less`);
    if (this.by === "advantage") return scale("signed", number(-this.widest), number(this.widest));
    return [];
  }
}

function describeToken([id, text, logProb, advantage]) {
  const parts = [text === "" ? `token ${id}, no character ends with it` : `“${plain(text)}”`];
  if (known(logProb)) parts.push(`log-prob ${number(logProb)} (${number(100 * Math.exp(logProb))} %)`);
  if (known(advantage)) parts.push(`advantage ${number(advantage)}`);
  return parts.join(" · ");
}
