// What each diagnostic says, what it asks for, and whether it rings: by a word and a shape.

import { MAX_RHAT, MIN_ESS } from "../../engine/convergence_lab.js";
import { html, say } from "../dom.js";
import { QUIET } from "../kit/inputs.js";
import { format } from "../scale.js";
import { ALARMS, missed, number, verdict } from "./words.js";

const ASKED = {
  classic: `< ${MAX_RHAT}`,
  split: `< ${MAX_RHAT}`,
  ranked: `< ${MAX_RHAT}`,
  folded: `< ${MAX_RHAT}`,
  bulk: `≥ ${MIN_ESS}`,
  tail: `≥ ${MIN_ESS}`,
  ranks: "0 outside",
};

const tableOf = (label, heads, rows) =>
  html(
    "div", { class: "hbm-scroll", tabindex: 0, role: "group", "aria-label": label, ...QUIET },
    html(
      "table", { class: "hbm-table" },
      html("thead", {}, html(
        "tr", {}, html("td"), ...heads.map((text) => html("th", { scope: "col" }, text)),
      )),
      html("tbody", {}, ...rows.map(([name, cells]) =>
        html("tr", {}, html("th", { scope: "row" }, name), ...cells),
      )),
    ),
  );

export function makeAlarms() {
  const rows = Object.entries(ALARMS).map(([key, name]) => ({
    key, name, value: html("td"), asked: html("td", {}, ASKED[key]), rings: html("td"),
  }));
  const words = html("p", { class: "hbm-title" });
  const node = tableOf(
    "Alarms", ["alarm", "says", "asked for"],
    rows.map(({ name, value, asked, rings }) => [name, [rings, value, asked]]),
  );

  function paint(found) {
    const said = {
      ...Object.fromEntries(Object.entries(found.rhat).map(([k, v]) => [k, number(v, 3)])),
      bulk: number(found.ess.bulk, 0),
      tail: number(found.ess.tail, 0),
      ranks: `${found.ranks.outside} outside`,
    };
    for (const { key, value, rings } of rows) {
      const ringing = found.rings[key];
      say(value, said[key]);
      say(rings, ringing ? "▲ rings" : "○ quiet");
      rings.classList.toggle("hbm-alarm", ringing);
    }
    say(words, verdict(found));
  }

  return { nodes: [words, node], paint };
}

const ESTIMATES = ["mean", "5% quantile", "median", "95% quantile"];

// Estimates with their Monte Carlo errors beside the exact posterior.
export function makeEstimates() {
  const rows = ESTIMATES.map((name) => [name, [html("td"), html("td"), html("td")]]);
  const node = tableOf("Estimates", ["draws", "MCSE", "exact"], rows);
  const words = html("p");

  function paint(result) {
    const { found, exact, exactMean } = result;
    const numbers = [
      [found.mean, found.mcseMean, exactMean],
      ...found.quantiles.map((q, k) => [q, found.mcseQuantiles[k], exact[k]]),
    ];
    numbers.forEach((row, i) =>
      row.forEach((v, k) => say(rows[i][1][k], number(v))),
    );
    say(words, `The median of the draws is off by ${format(missed(result))} posterior sds.`);
  }

  return { nodes: [node, words], paint };
}
