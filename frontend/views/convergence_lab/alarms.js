// What each diagnostic says, what it asks for, and whether it rings: by a word and a shape.

import { MAX_RHAT, MIN_ESS } from "../../engine/convergence_lab.js";
import { html, say } from "../dom.js";
import { QUIET } from "../kit/inputs.js";
import { ALARMS, number, verdict } from "./words.js";

const ASKED = {
  classic: `below ${MAX_RHAT}`,
  split: `below ${MAX_RHAT}`,
  ranked: `below ${MAX_RHAT}`,
  folded: `below ${MAX_RHAT}`,
  bulk: `${MIN_ESS} or more`,
  tail: `${MIN_ESS} or more`,
  ranks: "all bars in the band",
};

const tableOf = (label, heads, rows) =>
  html(
    "div", { class: "hbm-scroll", tabindex: 0, role: "region", "aria-label": label, ...QUIET },
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
    "Alarms", ["says", "asked for", "alarm"],
    rows.map(({ name, value, asked, rings }) => [name, [value, asked, rings]]),
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

  function paint({ found, exact }) {
    const numbers = [
      [found.mean, found.mcseMean, null],
      ...found.quantiles.map((q, k) => [q, found.mcseQuantiles[k], exact[k]]),
    ];
    numbers.forEach((row, i) =>
      row.forEach((v, k) => say(rows[i][1][k], v === null ? "–" : number(v))),
    );
  }

  return { node, paint };
}
