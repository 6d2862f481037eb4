// TauDial: the reader turns tau from zero to infinity and sees each school's effect given tau, the
// posterior of tau, and the average over it.

import { check, compute, fromDial, MAX_SIZE, toDial, values } from "../engine/tau_dial.js";
import { LOCATION_FAMILIES, SCALE_FAMILIES } from "../engine/words.js";
import * as field from "./kit/fields.js";
import { columns, makeKey, panel, symbols, widthOf } from "./kit/panels.js";
import { makeRows } from "./kit/rows.js";
import { makeTable } from "./kit/table.js";
import { widget } from "./kit/widget.js";
import { format } from "./scale.js";
import { makePaths } from "./tau_dial/paths.js";
import { summary } from "./tau_dial/summary.js";

const Z50 = 0.6744897501960817;
const Z90 = 1.6448536269514722;

const fields = {
  group_sizes: field.sizes({
    title: "Size of each study (100: as published)",
    labels: (_, given) => given.labels,
    most: (state) => state.group_sizes.map(() => MAX_SIZE),
    open: false,
  }),
  tau: field.number({
    label: "Between-school sd τ",
    scale: { to: toDial, from: fromDial },
  }),
  mu_prior: field.prior({ label: "Prior on μ", families: LOCATION_FAMILIES }),
  tau_prior: field.prior({ label: "Prior on τ", families: SCALE_FAMILIES }),
};

const HEADS = ["school", "size", "effect", "standard error", "weight λ given τ", "θ given τ",
  "sd given τ", "θ averaged", "90% interval"];

function build({ change, signal }) {
  let shown = null;
  const setTau = (tau) => change({ tau });
  const paths = makePaths({ setTau, signal });
  const rows = makeRows({
    marks: [
      { key: "own", role: "own", hollow: true },
      { key: "given", role: "between", shape: "diamond" },
      { key: "averaged", role: "partial" },
    ],
    row: 42,
  });
  const table = makeTable({ onOpen: () => shown && paintTable(shown), signal });
  const left = panel("Effects given τ, and how much each τ counts", paths.node);
  const right = panel("The effects, with 50% and 90% intervals", rows.node);
  const key = makeKey([
    [[symbols.ring("own")], "effect as measured"],
    [[symbols.diamond("between")], "given this τ"],
    [[symbols.dot("partial")], "averaged over τ"],
    [[symbols.line("between")], "posterior of τ"],
    [[symbols.line("complete", "5 4")], "prior of τ"],
  ]);

  const around = (mean, sd, z) => mean.map((m, j) => m + z * sd[j]);

  function paint(next) {
    shown = next;
    const { result, state, given: { labels } } = shown;
    const { given, fit, theta, groups } = result;
    const names = labels.slice(0, groups.n.length);
    paths.paint(shown, widthOf(left));
    const seen = groups.mean.map((mean, j) => (groups.n[j] > 0 ? mean : NaN));
    rows.paint({
      labels: names,
      values: {
        own: { at: seen },
        given: {
          at: given.theta,
          q: [-Z90, -Z50, Z50, Z90].map((z) => around(given.theta, given.thetaSd, z)),
        },
        averaged: { at: fit.theta.mean, q: theta },
      },
      title: "effect of coaching, in points",
      width: widthOf(right),
    });
    rows.describe(`For each school the effect as measured, given τ = ${state.tau}, and averaged.`);
    paintTable(shown);
  }

  function paintTable({ result: { groups, se, given, fit, theta }, given: { labels } }) {
    table.paint(HEADS, groups.n.map((n, j) => [
      labels[j], String(n), n > 0 ? groups.mean[j] : NaN, n > 0 ? se[j] : NaN,
      given.weight[j], given.theta[j], given.thetaSd[j], fit.theta.mean[j],
      `${format(theta[0][j])} to ${format(theta[3][j])}`,
    ]));
  }

  return { body: [key, columns(left, right)], sized: [left, right], table: table.node, paint };
}

export const spec = {
  name: "TauDial",
  label: "Dial of the between-school sd",
  fields,
  check,
  compute,
  values,
  summary,
  build,
};

export default widget(spec);
