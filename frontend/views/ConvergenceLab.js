// ConvergenceLab: the reader starts four chains badly, stops them early, sets the sizes of the
// studies or puts a fault into the draws, and sees which alarm rings and what the judge says.

import {
  check, compute, MAX_DRAWS, MAX_WARMUP, MIN_DRAWS, values,
} from "../engine/convergence_lab.js";
import { MAX_SIZE } from "../engine/plane.js";
import { makeAlarms, makeEstimates } from "./convergence_lab/alarms.js";
import { makeRanks } from "./convergence_lab/ranks.js";
import { makeTraces } from "./convergence_lab/traces.js";
import { FAULTS, QUANTITIES, summary } from "./convergence_lab/words.js";
import { html, svg, write } from "./dom.js";
import { makeChart } from "./kit/chart.js";
import * as field from "./kit/fields.js";
import { button } from "./kit/inputs.js";
import { across, upright } from "./kit/marks.js";
import { columns, makeKey, panel, symbols, widthOf } from "./kit/panels.js";
import { makeTable } from "./kit/table.js";
import { widget } from "./kit/widget.js";

const fields = {
  group_sizes: field.sizes({
    title: "Size of each study (100: as published)",
    labels: (_, given) => given.labels,
    most: (state) => state.group_sizes.map(() => MAX_SIZE),
    open: false,
  }),
  quantity: field.choice({ label: "Judge the draws of", options: QUANTITIES }),
  draws: field.number({ label: "Draws of each chain", min: MIN_DRAWS, max: MAX_DRAWS, step: 10 }),
  warmup: field.number({ label: "Dropped before them", min: 0, max: MAX_WARMUP, step: 10 }),
  step: field.number({ label: "Step size (1: about right)", min: 0.01, max: 20, log: true }),
  start: field.number({ label: "Distance of the starts, in sds", min: 0, max: 10, step: 0.5 }),
  apart: field.flag({ label: "Start on all sides" }),
  fault: field.choice({ label: "Fault in the draws", options: FAULTS }),
  amount: field.number({
    label: "Size of the fault", min: 0, max: 1, step: 0.05, hidden: ({ fault }) => fault === "none",
  }),
  seed: field.seed({ again: "Other draws" }),
};

const WELL = { draws: 500, warmup: 50, step: 1, start: 2, apart: true, fault: "none" };
const RUNS = {
  "All well": WELL,
  "Bad starts": { ...WELL, draws: 200, warmup: 0, start: 8, step: 0.5 },
  "Short run": { ...WELL, draws: 40 },
  "Slow mixing": { ...WELL, step: 0.1 },
  "Slow, from one place": { ...WELL, step: 0.05, warmup: 0, apart: false },
};

function makeCorrelation() {
  const chart = makeChart({ height: 150, xTitle: "lag in draws", yTitle: "autocorrelation" });
  const zero = svg("path", { class: "hbm-muted hbm-90" });
  const bars = svg("path", { class: "hbm-line hbm-partial" });
  chart.plot.append(zero, bars);
  function paint(correlation, width) {
    const { x, y, left, right } = chart.frame({ x: [-0.5, 40.5], y: [-0.25, 1.05], width });
    write(zero, "d", across(left, right, y(0)));
    const stems = correlation.map((r, k) => (Number.isFinite(r) ? upright(x(k), y(0), y(r)) : ""));
    write(bars, "d", stems.join(""));
    const first = correlation[1];
    chart.describe(
      Number.isFinite(first)
        ? `Autocorrelation of the draws, ${first.toFixed(2)} at lag 1.`
        : "Autocorrelation of the draws; a chain does not move.",
    );
  }
  return { node: chart.node, paint };
}

function build({ change, present, signal }) {
  let shown = null;
  const traces = makeTraces();
  const ranks = makeRanks();
  const alarms = makeAlarms();
  const estimates = makeEstimates();
  const correlation = makeCorrelation();
  const runs = html(
    "div", { class: "hbm-actions", role: "group", "aria-label": "Runs" },
    ...Object.entries(RUNS).map(([name, patch]) => button(name, () => change(patch), signal)),
  );
  const all = (n) => present().group_sizes.map(() => n);
  const sizes = html(
    "div", { class: "hbm-actions", role: "group", "aria-label": "Size of every study" },
    ...[10, 100, 400].map((n) =>
      button(`Size ${n} each`, () => change({ group_sizes: all(n) }), signal),
    ),
  );
  const panels = [
    panel("Traces", traces.node),
    panel("Ranks of each chain's draws among all, low to high", ranks.node),
    panel("Which alarm rings", ...alarms.nodes),
    panel("What the draws say, and the exact posterior", ...estimates.nodes, correlation.node),
  ];
  const key = makeKey([
    [[symbols.line("complete", "5 4")], "exact median; expected count"],
    [[symbols.triangle("refuse")], "bar outside the band (shaded)"],
  ]);
  const table = makeTable({ onOpen: () => shown && paintTable(), signal });

  function followed(next, before) {
    if (next.quantity !== before.quantity || next.fault !== before.fault) traces.forget();
  }

  function paint(latest) {
    shown = latest;
    const { result: { rows, exact, found }, state } = latest;
    const widths = panels.map((node) => widthOf(node));
    traces.paint(rows, exact, QUANTITIES[state.quantity], widths[0]);
    ranks.paint(found.ranks, widths[1]);
    alarms.paint(found);
    estimates.paint(latest.result);
    correlation.paint(found.correlation, widths[3]);
    paintTable();
  }

  function paintTable() {
    const { bins, counts } = shown.result.found.ranks;
    table.paint(
      ["ranks, %", "chain 1", "chain 2", "chain 3", "chain 4"],
      Array.from({ length: bins }, (_, b) => [
        `${Math.round((100 * b) / bins)} to ${Math.round((100 * (b + 1)) / bins)}`,
        ...counts.map((row) => String(row[b])),
      ]),
    );
  }

  return {
    body: [runs, sizes, key, columns(panels[0], panels[1]), columns(panels[2], panels[3])],
    sized: panels,
    table: table.node,
    paint,
    followed,
    reset: traces.forget,
  };
}

export const spec = {
  name: "ConvergenceLab",
  label: "Laboratory of convergence",
  fields,
  check,
  compute,
  values,
  variant: ({ fault }) => fault,
  summary,
  build,
};

export default widget(spec);
