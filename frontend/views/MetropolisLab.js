// MetropolisLab: the reader sets steps, starts and scheme, and sees proposals accepted and refused
// over the posterior, and four chains with what the diagnostics make of them.

import {
  check, compute, decisions, kernelOf, MAX_DRAWS, slots, values,
} from "../engine/metropolis_lab.js";
import { MAX_SIZE } from "../engine/plane.js";
import { chains } from "../engine/samplers/chains.js";
import { monitor } from "../engine/samplers/monitor.js";
import { LOCATION_FAMILIES, SCALE_FAMILIES } from "../engine/words.js";
import { format } from "./scale.js";
import * as field from "./kit/fields.js";
import { makeMarginal } from "./kit/marginal.js";
import { columns, makeKey, panel, symbols, widthOf } from "./kit/panels.js";
import { makeRunning } from "./kit/running.js";
import { makeTable } from "./kit/table.js";
import { makeTransport } from "./kit/transport.js";
import { widget } from "./kit/widget.js";
import { summary } from "./metropolis_lab/summary.js";
import { makeWalk } from "./metropolis_lab/walk.js";

const fields = {
  group_sizes: field.sizes({
    title: "Size of each study (100: as published)",
    labels: (_, given) => given.labels,
    most: (state) => state.group_sizes.map(() => MAX_SIZE),
    open: false,
  }),
  mu_prior: field.prior({ label: "Prior on μ", families: LOCATION_FAMILIES }),
  tau_prior: field.prior({ label: "Prior on τ", families: SCALE_FAMILIES }),
  scheme: field.choice({
    label: "Propose",
    options: { together: "μ and log τ at once", blocks: "first μ, then log τ" },
  }),
  step_mu: field.number({ label: "Step size, μ", min: 0.05, max: 200, log: true }),
  step_tau: field.number({ label: "Step size, log τ", min: 0.01, max: 40, log: true }),
  start_mu: field.number({ label: "Start, μ", min: -30, max: 50, step: 1 }),
  start_tau: field.number({ label: "Start, τ", min: 0.05, max: 200, log: true }),
  apart: field.flag({ label: "Start the other three chains elsewhere" }),
  seed: field.seed({ again: "Other draws" }),
};

function build({ repaint, signal }) {
  let shown = null;
  let run = null; // made when it is stepped or painted
  let watch = null;
  let last = []; // the decisions of the first chain's last steps, latest at the end
  let accepted = [0, 0]; // sums over all steps of all chains
  const walk = makeWalk();
  const running = makeRunning({
    quantities: [{ name: "μ" }, { name: "τ", traced: "log τ" }], heads: ["accepted"], height: 150,
  });
  const mu = makeMarginal({ title: "μ" });
  const tau = makeMarginal({ title: "τ" });
  const left = panel("The first chain's steps, and all draws", walk.node);
  const right = panel("Four chains as they run", ...running.nodes);
  const below = [panel("Marginal of μ", mu.node), panel("Marginal of τ", tau.node)];
  const table = makeTable({ onOpen: () => shown && paintTable(), signal });
  const key = makeKey([
    [[symbols.ring("ink")], "where the first chain is"],
    [[symbols.diamond("accept")], "accepted"],
    [[symbols.saltire("refuse")], "refused"],
    [[symbols.speck()], "draws; lines hold 50%, 90%, 99%"],
    [[symbols.line("between")], "exact density"],
  ]);
  const transport = makeTransport({
    step, paint: repaint, again: forget, signal,
    // The first steps are for looking at, the later ones for the crowd.
    most: () => 1 + Math.floor((run?.draws ?? 0) / 60),
  });

  function begin() {
    const { state, result } = shown;
    run = chains({
      kernel: kernelOf(result, state), starts: result.starts, seed: state.seed, most: MAX_DRAWS,
      stats: ["accept"],
    });
    watch = monitor(run);
    [last, accepted] = [[], [0, 0]];
  }

  function forget() {
    run = null;
    running.forget();
  }

  function step() {
    if (!run) return false;
    const before = run.states[0].q;
    if (!run.step()) return false;
    last.push({ before, moves: decisions(before, run.infos[0]) });
    if (last.length > 40) last.shift();
    for (const { acceptEach } of run.infos) acceptEach.forEach((a, i) => (accepted[i] += a));
    return true;
  }

  function followed() {
    transport.stop();
    forget();
  }

  function paint(next) {
    shown = next;
    if (!run) begin();
    const { result: { plane }, overlay } = shown;
    const draws = [run.values(0), run.values(1)];
    const found = [0, 1].map(watch);
    const rates = accepted.map((sum) => sum / (4 * run.draws));
    shown.live = {
      run, found, rates, position: run.states[0].q, decisions: last.at(-1)?.moves ?? [],
    };
    const widths = [left, right, ...below].map((node) => widthOf(node));
    walk.paint(shown, last, draws, widths[0]);
    const logs = draws[1].map((chain) => chain.map(Math.log));
    const exact = [plane.fit.mu.mean, plane.fit.tau.mean];
    running.paint(
      [
        { values: draws[0], found: found[0], exact: exact[0], reference: plane.x, others: [format(rates[0])] },
        { values: logs, found: found[1], exact: exact[1], reference: plane.y, others: [format(rates[1])] },
      ],
      run.draws, widths[1],
    );
    mu.paint({
      density: plane.fit.mu.pdf, domain: plane.x, chains: draws[0], width: widths[2],
    });
    const top = Math.max(1.4 * plane.exact.tau[2], Math.exp(plane.y[1]) * 0.2);
    tau.paint({
      density: plane.fit.tau.pdf, domain: [0, top], chains: draws[1], drawn: overlay?.tau,
      width: widths[3],
    });
    paintTable();
  }

  function paintTable() {
    const { live, result } = shown;
    const start = ["0", ...result.starts[0], "–", "–", "–", "start"];
    const rows = last.slice(-10).flatMap(({ moves }, k, all) =>
      moves.map(({ from, proposal, accept, moved }) => [
        String(live.run.draws - all.length + k + 1), ...from, ...proposal, accept,
        moved ? "accepted" : "refused",
      ]),
    );
    table.paint(
      ["step", "μ", "log τ", "proposed μ", "proposed log τ", "probability", "decision"],
      [start, ...rows],
    );
  }

  return {
    body: [key, transport.node, columns(left, right), columns(...below)],
    sized: [left, right, ...below],
    table: table.node,
    paint,
    followed,
    running: transport.running,
    reset: forget,
  };
}

export const spec = {
  name: "MetropolisLab",
  label: "Laboratory of the Metropolis algorithm",
  fields,
  check,
  compute,
  values,
  slots,
  summary,
  build,
};

export default widget(spec);
