// FunnelLab: the same posterior on two maps, centred and non-centred, with NUTS running on both, so
// that the reader sees which one wins as the studies grow, and what the other one misses.

import {
  check, compute, DRAWS, MAPS, MAX_SIZE, MAX_TIMES, measure, MIN_TIMES, runsOf, slots, values,
} from "../engine/funnel_lab.js";
import { LOCATION_FAMILIES, SCALE_FAMILIES } from "../engine/words.js";
import { html, say } from "./dom.js";
import { makeJudge } from "./funnel_lab/judge.js";
import { makeMap } from "./funnel_lab/map.js";
import { makeRace } from "./funnel_lab/race.js";
import { NAMES, runWords, summary } from "./funnel_lab/summary.js";
import * as field from "./kit/fields.js";
import { columns, makeKey, panel, symbols, widthOf } from "./kit/panels.js";
import { makeTable } from "./kit/table.js";
import { makeTransport } from "./kit/transport.js";
import { widget } from "./kit/widget.js";
import { format } from "./scale.js";

const GROWTH = 1.2;

const fields = {
  group_sizes: field.sizes({
    title: "Size of each study (100: as published)",
    labels: (_, given) => given.labels,
    most: (state) => state.group_sizes.map(() => MAX_SIZE),
    least: 1,
    open: false,
  }),
  times: field.number({ label: "All sizes times", min: MIN_TIMES, max: MAX_TIMES, log: true }),
  mu_prior: field.prior({ label: "Prior on μ", families: LOCATION_FAMILIES }),
  tau_prior: field.prior({ label: "Prior on τ", families: SCALE_FAMILIES }),
  target_accept: field.number({
    label: "Acceptance that warm-up aims at", min: 0.5, max: 0.99, step: 0.01,
  }),
  seed: field.seed({ again: "Other draws" }),
};

function build({ repaint, signal }) {
  let shown = null;
  let runs = null; // made when they are painted or stepped
  let found = null; // what there is to say of them
  const maps = { centred: makeMap("own", "centred"), non_centred: makeMap("partial", "non-centred") };
  const judge = makeJudge();
  const race = makeRace();
  const words = html("p");
  const panels = [
    panel("Centred: effect of school A, θ₁", maps.centred.node),
    panel("Non-centred: z₁ = (θ₁ − μ) / τ", maps.non_centred.node),
    panel("The judge: log τ by quadrature", judge.node),
    panel("Which map wins, at each size tried", race.node),
  ];
  const table = makeTable({ onOpen: () => found && paintTable(), signal });
  const key = makeKey([
    [[symbols.dot("own")], "centred: draws, solid line"],
    [[symbols.diamond("partial")], "non-centred: draws, dashed line"],
    [[symbols.triangle("refuse")], "draw whose path diverged"],
    [[symbols.line("between")], "exact density of log τ"],
    [[symbols.thin("muted")], "exact regions of 50%, 90%, 99%"],
  ]);
  const transport = makeTransport({
    step, paint: repaint, again: forget, signal, labels: { step: "One draw" },
  });

  function forget() {
    runs = null;
    found = null;
  }

  // A step of all chains on both maps.
  function step() {
    if (!runs) return Boolean(shown);
    const moved = MAPS.map((name) => runs[name].step());
    return moved.some(Boolean);
  }

  function followed(next, before) {
    transport.stop();
    forget();
    const rest = ({ times, seed, ...others }) => JSON.stringify(others);
    if (rest(next) !== rest(before)) race.forget();
  }

  function due() {
    const { draws } = runs.centred;
    return !found || draws >= DRAWS || draws >= found.centred.draws * GROWTH;
  }

  function paint(latest) {
    shown = latest;
    const { result, state } = shown;
    runs ??= runsOf(result, state);
    if (due() && found?.centred.draws !== runs.centred.draws) {
      found = Object.fromEntries(MAPS.map((name) => [name, measure(runs[name], result)]));
      race.note(state.times, found);
    }
    shown.live = { runs, found };
    const widths = panels.map((node) => widthOf(node));
    MAPS.forEach((name, i) => maps[name].paint(result.planes[name], runs[name], widths[i]));
    judge.paint(shown, widths[2]);
    race.paint(state.times, widths[3]);
    say(words, runWords(shown.live));
    paintTable();
  }

  function paintTable() {
    const { result: { exact } } = shown;
    const of = (title, take, digits = 2) =>
      [title, ...MAPS.map((name) => format(take(found[name], runs[name]) ?? NaN, digits))];
    table.paint(["quantity", ...MAPS.map((name) => NAMES[name])], [
      of("draws", ({ count }) => count, 0),
      of("divergences", ({ divergences }) => divergences, 0),
      of("step size", (_, run) => (run.warming ? NaN : run.kernel.stepSize), 3),
      of("gradients for a draw", ({ perDraw }) => perDraw, 1),
      of("R-hat of log τ", ({ rhat }) => rhat, 3),
      of("E-BFMI, least of four chains", ({ ebfmi }) => ebfmi),
      of("ESS of log τ", ({ ess }) => ess, 0),
      of("ESS for 1,000 gradients", ({ worth }) => worth, 1),
      of(`median of log τ (exact: ${format(Math.log(exact.tau[1]))})`, ({ median }) => median),
      of("its error, in Monte Carlo errors", ({ errors }) => errors, 1),
      of("share below the exact 10% point of τ", ({ below }) => below, 3),
    ]);
  }

  return {
    body: [
      key, transport.node, words,
      columns(panels[0], panels[1]), columns(panels[2], panels[3]),
    ],
    sized: panels,
    table: table.node,
    paint,
    followed,
    running: transport.running,
    reset: () => (forget(), race.forget()),
  };
}

export const spec = {
  name: "FunnelLab",
  label: "Laboratory of the funnel, on two maps",
  fields,
  check,
  compute,
  values,
  slots,
  summary,
  build,
};

export default widget(spec);
