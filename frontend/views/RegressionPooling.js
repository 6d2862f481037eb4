// RegressionPooling: the reader sets how many individuals there are, how often each is seen and how
// noisily, and sees every estimated line beside the true one, with and without pooling.

import {
  check, compute, MAX_INDIVIDUALS, MAX_OBSERVATIONS, MIN_OBSERVATIONS, outside, values,
} from "../engine/regression_pooling.js";
import { html, say } from "./dom.js";
import * as field from "./kit/fields.js";
import { QUIET } from "./kit/inputs.js";
import { columns, makeKey, panel, symbols, widthOf } from "./kit/panels.js";
import { makeTable } from "./kit/table.js";
import { widget } from "./kit/widget.js";
import { makeArrows } from "./regression_pooling/arrows.js";
import { summary } from "./regression_pooling/summary.js";
import { format } from "./scale.js";

const fields = {
  individuals: field.number({ label: "Individuals", min: 1, max: MAX_INDIVIDUALS, step: 1 }),
  observations: field.number({
    label: "Observations of each", min: MIN_OBSERVATIONS, max: MAX_OBSERVATIONS, step: 1,
  }),
  sigma: field.number({ label: "Sd about the lines, σ", min: 0.1, max: 6, step: 0.1 }),
  seed: field.seed(),
};

const WAYS = { none: "one line each", complete: "one line for all", partial: "partial pooling" };
const HEADS = ["RMSE, α", "RMSE, β", "sd of α", "sd of β"];

function makeErrors() {
  const rows = [...Object.keys(WAYS), "truth"].map((name) => ({
    name, cells: HEADS.map(() => html("td")),
  }));
  const node = html(
    "div",
    { class: "hbm-scroll", tabindex: 0, role: "group", "aria-label": "Errors", ...QUIET },
    html(
      "table", { class: "hbm-table" },
      html("thead", {}, html(
        "tr", {}, html("td"), ...HEADS.map((text) => html("th", { scope: "col" }, text)),
      )),
      html("tbody", {}, ...rows.map(({ name, cells }) =>
        html("tr", {}, html("th", { scope: "row" }, WAYS[name] ?? "true lines"), ...cells),
      )),
    ),
  );
  function paint({ rmse, spread }) {
    for (const { name, cells } of rows) {
      const texts = [...(rmse[name] ?? [NaN, NaN]), ...spread[name]].map((v) => format(v));
      texts.forEach((text, k) => say(cells[k], text));
    }
  }
  return { node, paint };
}

function build({ signal }) {
  let shown = null;
  const own = makeArrows({ role: "own", rings: true, called: WAYS.none });
  const partial = makeArrows({ role: "partial", rings: false, called: WAYS.partial });
  const errors = makeErrors();
  const beyond = html("p");
  const left = panel("One line each: no pooling", own.node);
  const right = panel("Lines from a population: partial pooling", partial.node);
  const key = makeKey([
    [[symbols.ring("own")], "one line each"],
    [[symbols.dot("partial")], "partial pooling"],
    [[symbols.cross()], "true line, where the arrow ends"],
  ]);
  const table = makeTable({ onOpen: () => shown && paintTable(), signal });

  function paint(next) {
    shown = next;
    const { truth, estimates, half, rmse } = next.result;
    const widths = [widthOf(left), widthOf(right)];
    own.paint({ truth, estimate: estimates.none, half, rmse: rmse.none }, widths[0]);
    partial.paint({ truth, estimate: estimates.partial, half, rmse: rmse.partial }, widths[1]);
    errors.paint(next.result);
    const lost = outside(estimates.none, half);
    say(beyond, lost ? `Outside the frame: ${lost} of the estimates of one line each.` : "");
    beyond.hidden = !lost;
    paintTable();
  }

  function paintTable() {
    const { truth, estimates: { none, partial: some } } = shown.result;
    table.paint(
      [
        "individual", "true α", "α alone", "α pooled", "true β", "β alone", "β pooled",
      ],
      Array.from(truth.alpha, (a, j) => [
        String(j + 1), a, none.alpha[j], some.alpha[j], truth.beta[j], none.beta[j], some.beta[j],
      ]),
    );
  }

  return {
    body: [key, columns(left, right), beyond, errors.node],
    sized: [left, right],
    table: table.node,
    paint,
  };
}

export const spec = {
  name: "RegressionPooling",
  label: "Explorer of pooled regressions",
  fields,
  check,
  compute,
  values,
  summary,
  build,
};

export default widget(spec);
