// JamesSteinExplorer: the reader changes the number of groups, their size, how far the true means
// lie apart and what is shrunk towards, and sees the exact risks and one data set.

import {
  check, compute, MAX_GROUPS, MAX_SIZE, NAMES, sizesOf, values,
} from "../engine/james_stein_explorer.js";
import { html, say } from "./dom.js";
import { LOOKS, makeRisks } from "./james_stein/risks.js";
import { caution, summary } from "./james_stein/summary.js";
import * as field from "./kit/fields.js";
import { columns, makeKey, panel, symbols, widthOf } from "./kit/panels.js";
import { makeRows } from "./kit/rows.js";
import { makeTable } from "./kit/table.js";
import { widget } from "./kit/widget.js";

const fields = {
  n_groups: field.number({ label: "Groups J", min: 1, max: MAX_GROUPS, step: 1 }),
  size: field.number({ label: "Group size n", min: 1, max: MAX_SIZE, step: 1 }),
  unequal: field.flag({ label: "unequal sizes" }),
  sigma: field.number({ label: "Within-group sd σ", min: 0.1, max: 10, step: 0.1 }),
  spread: field.number({ label: "Spread of true means", min: 0, max: 10, step: 0.05 }),
  towards: field.choice({
    label: "Shrink towards", options: { point: "a fixed point", mean: "the mean of the groups" },
  }),
  offset: field.number({
    label: "The point", min: -5, max: 5, step: 0.1, hidden: (state) => state.towards === "mean",
  }),
  tau: field.number({ label: "Prior sd of Bayes τ", min: 0, max: 10, step: 0.05 }),
  seed: field.seed(),
};

function build({ change, signal }) {
  let shown = null;
  const risks = makeRisks({ setSpread: (spread) => change({ spread }), signal });
  const rows = makeRows({
    marks: [
      { key: "own", role: "own", hollow: true },
      { key: "truth", role: "truth", shape: "cross" },
      { key: "positive_part", role: "partial" },
      { key: "bayes", role: "between", shape: "diamond" },
    ],
    row: 34,
  });
  const table = makeTable({ onOpen: () => shown && paintTable(shown), signal });
  const warning = html("p", { class: "hbm-caution" });
  const key = makeKey([
    ...NAMES.map((name) => [[symbols.line(LOOKS[name].role, LOOKS[name].dash)], LOOKS[name].label]),
  ]);
  const marks = makeKey([
    [[symbols.ring("own")], "own mean"],
    [[symbols.cross()], "truth"],
    [[symbols.dot("partial")], "positive part"],
    [[symbols.diamond("between")], "Bayes"],
  ]);
  const left = panel("Risk, and where each is smallest", key, risks.chart, risks.strip);
  const right = panel("One data set", marks, rows.node);

  function paint(next) {
    shown = next;
    const { state, result } = shown;
    const { theta, estimates } = result;
    say(warning, caution(state));
    warning.hidden = !warning.textContent;
    risks.paint(shown, widthOf(left));
    rows.paint({
      labels: theta.map((_, j) => String(j + 1)),
      values: {
        own: { at: estimates.own },
        truth: { at: theta },
        positive_part: { at: estimates.positive_part ?? [] },
        bayes: { at: estimates.bayes },
      },
      arrows: ["own", result.shrinks ? "positive_part" : "bayes"],
      title: "group mean",
      width: widthOf(right),
    });
    rows.describe("Own means, truths, positive-part and Bayes estimates of one data set.");
    paintTable(shown);
  }

  function paintTable({ state, result: { theta, estimates, risk, loss } }) {
    const sizes = sizesOf(state);
    const known = NAMES.filter((name) => estimates[name]);
    table.paint(["group", "size n", "truth", ...known.map((name) => LOOKS[name].label)], [
      ["risk", "", "", ...known.map((name) => risk[name])],
      ["this data set", "", "", ...known.map((name) => loss[name])],
      ...theta.map((t, j) => [
        String(j + 1), String(sizes[j]), t, ...known.map((name) => estimates[name][j]),
      ]),
    ]);
  }

  return {
    body: [warning, columns(left, right)],
    sized: [left, right],
    table: table.node,
    paint,
  };
}

export const spec = {
  name: "JamesSteinExplorer",
  label: "James-Stein explorer",
  fields,
  check,
  compute,
  values,
  variant: ({ unequal, towards }) => `${unequal ? "unequal" : "equal"}-${towards}`,
  summary,
  build,
};

export default widget(spec);
