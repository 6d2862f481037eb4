// HamiltonianLab: the reader sets step size, number of steps and mass, and sees the path of a
// particle over a target, its error of energy, and what the chain makes of its end.

import {
  check, compute, kernelOf, MAX_STEPS, pathOf, slots, values,
} from "../engine/hamiltonian_lab.js";
import * as plane from "../engine/plane.js";
import { generator } from "../engine/random.js";
import { source } from "../engine/samplers/source.js";
import { html, say } from "./dom.js";
import { format } from "./scale.js";
import { makeEnergy } from "./hamiltonian_lab/energy.js";
import { makePhase } from "./hamiltonian_lab/phase.js";
import { chainWords, summary } from "./hamiltonian_lab/summary.js";
import * as field from "./kit/fields.js";
import { columns, makeKey, panel, symbols, widthOf } from "./kit/panels.js";
import * as shared from "./kit/plane_fields.js";
import { makeTable } from "./kit/table.js";
import { makeTrace } from "./kit/trace.js";
import { makeTransport } from "./kit/transport.js";
import { widget } from "./kit/widget.js";

const fields = {
  target: shared.target,
  group_sizes: shared.groupSizes,
  mu_prior: shared.muPrior,
  tau_prior: shared.tauPrior,
  step_size: shared.stepSize,
  n_steps: field.number({ label: "Steps in a path, L", min: 1, max: MAX_STEPS / 2, step: 1 }),
  mass_1: shared.mass1,
  mass_2: shared.mass2,
  jitter: field.flag({ label: "Vary the number of steps" }),
  seed: field.seed({ again: "Other draws" }),
};

function build({ repaint, signal }) {
  let shown = null;
  let chain = null; // made when it is painted or stepped
  let path = null; // the one on show, since the chain began
  const phase = makePhase();
  const energy = makeEnergy();
  const trace = makeTrace({ title: " ", height: 130 });
  const words = html("p");
  const left = panel("The path over the target", phase.node);
  const right = panel("Its error of energy", energy.node, words, trace.node);
  const table = makeTable({ onOpen: () => shown && paintTable(), signal });
  const key = makeKey([
    [[symbols.ring("ink")], "start, with its push"],
    [[symbols.line("partial")], "leapfrog steps"],
    [[symbols.diamond("accept")], "end, accepted or on offer"],
    [[symbols.saltire("refuse")], "end, refused"],
    [[symbols.triangle("refuse")], "diverged"],
    [[symbols.speck()], "draws so far; lines hold 50%, 90%, 99%"],
  ]);
  const transport = makeTransport({
    step, paint: repaint, again, signal,
    // The first paths are for looking at, the later ones for the crowd.
    most: () => 1 + Math.floor((chain?.count ?? 0) / 100),
    labels: { step: "One path" },
  });

  const nothing = () => ({ count: 0, accept: 0, divergences: 0, verdict: null, draws: [], diverged: [] });
  function begin(own = source(generator(shown.state.seed, 1)), state = null) {
    const kernel = kernelOf(shown.result.plane, shown.state);
    chain = { ...nothing(), kernel, own, state: state ?? kernel.init(shown.result.plane.start) };
  }

  function again() {
    trace.forget();
    [chain, path] = [null, null];
  }

  function step() {
    if (!chain || chain.count >= plane.MAX_DRAWS) return false;
    const { state, info } = chain.kernel.step(chain.own, chain.state);
    const { q, p } = info.start;
    path = { q, z: plane.pushOf(p, shown.state), steps: info.nGrad };
    chain.state = state;
    chain.count += 1;
    chain.accept += info.accept;
    chain.divergences += Number(info.diverging);
    if (info.diverging) chain.diverged.push(q);
    chain.verdict = info.moved ? "moved" : "stayed";
    chain.draws.push(state.q);
    return true;
  }

  // Another step size or mass: the chain goes on from where it is, and the path is walked anew from
  // the same start with the same push.
  let kept = null;
  function followed(next, before) {
    transport.stop();
    kept = plane.inPlane(next, before) && (chain ?? kept) ? (chain ?? kept) : null;
    if (!kept) path = null;
    else if (next.n_steps !== before.n_steps && path) path.steps = next.n_steps;
    chain = null;
    trace.forget();
  }

  function paint(next) {
    shown = next;
    if (!chain) {
      begin(kept?.own, kept?.state);
      kept = null;
    }
    shown.live = { chain, path: path && walked() };
    const present = shown.live.path ?? shown.result.path;
    shown.live.path = present;
    phase.paint(shown, present, chain, widthOf(left));
    energy.paint(present, widthOf(right));
    const { names, axes: [, up], y: window } = shown.result.plane;
    const draws = Float64Array.from(chain.draws, (q) => q[up]);
    trace.paint([draws], widthOf(right), window, `${names[up]}, draw by draw`);
    say(words, `Acceptance probability of its end: ${format(present.accept)}. ${chainWords(chain)}`);
    paintTable();
  }

  function walked() {
    const { result, state } = shown;
    return pathOf(result.plane, state, path.q, plane.momentumOf(path.z, state), path.steps);
  }

  function paintTable() {
    const { live, result: { plane: { names } } } = shown;
    table.paint(
      ["step", ...names, ...names.map((name) => `momentum of ${name}`), "log density", "H − H₀"],
      live.path.points.map(({ q, p, logp, error }, k) => [String(k), ...q, ...p, logp, error]),
    );
  }

  return {
    body: [key, transport.node, columns(left, right)],
    sized: [left, right],
    table: table.node,
    paint,
    followed,
    running: transport.running,
    reset: () => [chain, kept, path] = [null, null, null],
  };
}

export const spec = {
  name: "HamiltonianLab",
  label: "Laboratory of Hamiltonian Monte Carlo",
  fields,
  check,
  compute,
  values,
  slots,
  variant: ({ target }) => target,
  summary,
  build,
};

export default widget(spec);
