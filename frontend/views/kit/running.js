// Chains as they run: a trace of each quantity, what R-hat and ESS make of them so far, and in words
// whether that is enough.

import { html, say } from "../dom.js";
import { format } from "../scale.js";
import { QUIET } from "./inputs.js";
import { makeTrace } from "./trace.js";

const MAX_RHAT = 1.01;
const MIN_ESS = 400;
const HEADS = ["R-hat", "ESS, bulk", "ESS, tail", "mean", "exact mean"];

export const enough = (found) =>
  found.every(({ rhat, essBulk, essTail }) =>
    rhat < MAX_RHAT && essBulk >= MIN_ESS && essTail >= MIN_ESS,
  );

export function verdict(draws, found) {
  if (draws < 8) return "Too few draws to judge.";
  return enough(found)
    ? `After ${draws} draws a chain, R-hat is below ${MAX_RHAT} and ESS above ${MIN_ESS} for all.`
    : `After ${draws} draws a chain it is too early: R-hat should be below ${MAX_RHAT} and ESS ` +
      `above ${MIN_ESS} for all.`;
}

// `quantities` are [{name, traced?}]: what the table calls each and, where another is plainer to
// trace, what its trace is called. `heads` names further columns.
export function makeRunning({ quantities, heads = [], height = 120 }) {
  const traces = quantities.map(({ name, traced = name }) => makeTrace({ title: traced, height }));
  const words = html("p");
  const cells = quantities.map(() => [...HEADS, ...heads].map(() => html("td")));
  const table = html(
    "div",
    { class: "hbm-scroll", tabindex: 0, role: "group", "aria-label": "Diagnostics", ...QUIET },
    html(
      "table", { class: "hbm-table" },
      html("thead", {}, html(
        "tr", {}, html("td"), ...[...HEADS, ...heads].map((text) => html("th", { scope: "col" }, text)),
      )),
      html("tbody", {}, ...quantities.map(({ name }, i) =>
        html("tr", {}, html("th", { scope: "row" }, name), ...cells[i]),
      )),
    ),
  );

  // `shown` has, for each quantity, {values (one array a chain), found (what the monitor says),
  // exact (the mean), reference? (a range that the trace keeps in sight), others? (of `heads`)}.
  function paint(shown, draws, width) {
    shown.forEach(({ values, found, exact, reference, others = [] }, i) => {
      traces[i].paint(values, width, reference);
      const { rhat, essBulk, essTail, mean } = found;
      const numbers = [
        format(rhat, 3), format(essBulk, 0), format(essTail, 0), format(mean), format(exact),
      ];
      [...numbers, ...others].forEach((text, k) => say(cells[i][k], text));
    });
    say(words, verdict(draws, shown.map(({ found }) => found)));
  }

  return {
    nodes: [...traces.map(({ node }) => node), table, words],
    paint,
    forget: () => traces.forEach((trace) => trace.forget()),
  };
}
