// GibbsLab: the reader steps through the conditionals, sees the density each draw comes from and the
// path that the draws make, and how the number of students decides on how fast it is forgotten.

import {
  check, compute, drawn, MAX_DRAWS, slots, values, watchedGibbs,
} from "../engine/gibbs_lab.js";
import { chains } from "../engine/samplers/chains.js";
import { monitor } from "../engine/samplers/monitor.js";
import { LOCATION_FAMILIES, SCALE_FAMILIES } from "../engine/words.js";
import { html, say } from "./dom.js";
import { makeConditional } from "./gibbs_lab/conditional.js";
import { makeForgetting } from "./gibbs_lab/forgetting.js";
import { drawWords, NAMES, summary } from "./gibbs_lab/summary.js";
import { makeZigzag } from "./gibbs_lab/zigzag.js";
import * as field from "./kit/fields.js";
import { makeMarginal } from "./kit/marginal.js";
import { columns, makeKey, panel, symbols, widthOf } from "./kit/panels.js";
import { makeRunning } from "./kit/running.js";
import { makeTable } from "./kit/table.js";
import { makeTransport } from "./kit/transport.js";
import { widget } from "./kit/widget.js";

const KEPT = ["mu", "tau", "sigma"];
const CORNERS = 50;

const fields = {
  group_sizes: field.sizes({
    title: "Students of each school",
    labels: (_, given) => given.labels,
    most: (state, given) => given.rows.map((row) => row.length),
  }),
  mu_prior: field.prior({ label: "Prior on μ", families: LOCATION_FAMILIES }),
  tau_prior: field.prior({ label: "Prior on τ", families: SCALE_FAMILIES }),
  sigma_prior: field.prior({ label: "Prior on σ", families: SCALE_FAMILIES }),
  scan: field.choice({
    label: "Draw", options: { systematic: "in a fixed order", random: "in a random order" },
  }),
  seed: field.seed({ again: "Other draws" }),
};

function build({ repaint, signal, change, present, given }) {
  let shown = null;
  let run = null; // made when it is stepped or painted
  let log = null;
  let watch = null;
  let sweep = []; // the draws of the first chain's last sweep
  let next = 0; // the first of them that is not shown yet
  let corners = []; // (mu, log tau) after each draw of one of them
  const zigzag = makeZigzag();
  const conditional = makeConditional();
  const forgetting = makeForgetting();
  const running = makeRunning({
    quantities: [{ name: "μ" }, { name: "τ" }, { name: "σ" }], height: 100,
  });
  const mu = makeMarginal({ title: "μ" });
  const tau = makeMarginal({ title: "τ" });
  const words = html("p");
  const panels = [
    panel("The path of the first chain", zigzag.node),
    panel("The conditional that is drawn", words, conditional.node),
    panel("Four chains as they run", ...running.nodes),
    panel("How much is left after so many sweeps", ...forgetting.nodes, mu.node, tau.node),
  ];
  const table = makeTable({ onOpen: () => shown && paintTable(), signal });
  const key = makeKey([
    [[symbols.ring("ink")], "present value"],
    [[symbols.diamond("accept")], "value just drawn"],
    [[symbols.line("partial")], "conditional density, path"],
    [[symbols.speck()], "draws; lines hold 50%, 90%, 99%, σ at its median"],
    [[symbols.line("between")], "exact density"],
  ]);
  const transport = makeTransport({
    step: sweepOnce, paint: repaint, again: forget, signal,
    most: () => 1 + Math.floor((run?.draws ?? 0) / 60),
    labels: { step: "One sweep" },
  });
  // One draw at a time, for which the run has to stand still.
  const one = html("button", {
    type: "button", class: "hbm-button", "data-lm-suppress-shortcuts": "true",
  }, "One draw");
  one.addEventListener("click", () => (transport.stop(), drawOne(), repaint()), { signal });
  transport.node.prepend(one);
  const few = html(
    "div", { class: "hbm-actions", role: "group", "aria-label": "Students of every school" },
    ...[2, 6, 20, Infinity].map((n) => {
      const button = html("button", {
        type: "button", class: "hbm-button", "data-lm-suppress-shortcuts": "true",
      }, Number.isFinite(n) ? `${n} students each` : "All students");
      const all = () => present().group_sizes.map((_, j) => Math.min(n, given.rows[j].length));
      button.addEventListener("click", () => change({ group_sizes: all() }), { signal });
      return button;
    }),
  );

  function begin() {
    const { state, result } = shown;
    const watched = watchedGibbs(result.model, state.scan);
    log = watched.log;
    run = chains({
      kernel: watched.kernel, starts: result.starts, seed: state.seed, most: MAX_DRAWS,
      keep: KEPT.map((name) => watched.kernel.names.indexOf(name)), stats: ["diverging"],
    });
    watch = monitor(run);
    const { mu: level, tau: spread } = run.states[0].blocks;
    [sweep, next, corners] = [[], 0, [[level, Math.log(spread)]]];
  }

  function forget() {
    run = null;
    running.forget();
    forgetting.forget();
  }

  // Draws a whole sweep; what it drew is shown draw by draw, or at once.
  function draw() {
    log.length = 0;
    if (!run.step()) return false;
    sweep = drawn(log.slice(0, run.kernel.order.length), run.states[0].blocks);
    next = 0;
    return true;
  }

  function pass() {
    const { name, after } = sweep[next];
    next += 1;
    if (name === "mu" || name === "tau") corners.push([after.mu, Math.log(after.tau)]);
    if (corners.length > CORNERS) corners.shift();
  }

  function drawOne() {
    if (run && (next < sweep.length || draw())) pass();
  }

  function sweepOnce() {
    if (!run || (next >= sweep.length && !draw())) return false;
    while (next < sweep.length) pass();
    return true;
  }

  function followed() {
    transport.stop();
    forget();
  }

  function paint(latest) {
    shown = latest;
    if (!run) begin();
    const { result: { fit, exact, plane }, overlay } = shown;
    const draws = KEPT.map((_, i) => run.values(i));
    const found = KEPT.map((_, i) => watch(i));
    const last = sweep[next - 1] ?? null;
    const blocks = last?.after ?? run.states[0].blocks;
    shown.live = { run, found, last, blocks, at: next, of: sweep.length };
    const widths = panels.map((node) => widthOf(node));
    zigzag.paint(shown, corners, draws, widths[0]);
    say(words, drawWords(shown));
    conditional.paint(last ?? waiting(), shown, widths[1]);
    running.paint(
      KEPT.map((name, i) => ({
        values: draws[i], found: found[i], exact: fit[name].mean,
        reference: [exact[name][0], exact[name][2]],
      })),
      run.draws, widths[2],
    );
    forgetting.paint(shown, draws, widths[3]);
    mu.paint({ density: fit.mu.pdf, domain: plane.x, chains: draws[0], width: widths[3] });
    tau.paint({
      density: fit.tau.pdf, domain: [0, 1.4 * exact.tau[2]], chains: draws[1],
      drawn: overlay?.tau, width: widths[3],
    });
    paintTable();
  }

  // What will be drawn first, before anything is.
  function waiting() {
    const name = run.kernel.order[0];
    const { blocks } = run.states[0];
    const given = shown.result.model.conditionals[name](blocks);
    return { name, conditional: given, old: blocks[name], value: null };
  }

  function paintTable() {
    const { live: { last, blocks }, given: { labels } } = shown;
    const rows = ["mu", "tau", "sigma"].map((name) => [NAMES[name], blocks[name], "–", "–"]);
    const level = last?.name === "theta" ? last.conditional : null;
    blocks.theta.forEach((value, j) => {
      const from = level ? [level.mean[j], level.sd[j]] : ["–", "–"];
      rows.push([`θ, school ${labels[j]}`, value, ...from]);
    });
    if (last?.name === "mu") rows[0].splice(2, 2, last.conditional.mean, last.conditional.sd);
    table.paint(["unknown", "present value", "drawn about", "with sd"], rows);
  }

  return {
    body: [
      few, key, transport.node,
      columns(panels[0], panels[1]), columns(panels[2], panels[3]),
    ],
    sized: panels,
    table: table.node,
    paint,
    followed,
    running: transport.running,
    reset: forget,
  };
}

export const spec = {
  name: "GibbsLab",
  label: "Laboratory of the Gibbs sampler",
  fields,
  check,
  compute,
  values,
  slots,
  summary,
  build,
};

export default widget(spec);
