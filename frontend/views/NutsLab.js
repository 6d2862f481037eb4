// NutsLab: the reader doubles the path of the No-U-Turn Sampler step by step, and sees the tree
// that is built, the checks that stop it, and the point that is drawn.

import {
  check, compute, familyOf, forwards, kernelOf, MAX_DEPTH, slots, values,
} from "../engine/nuts_lab.js";
import * as plane from "../engine/plane.js";
import { generator } from "../engine/random.js";
import { source } from "../engine/samplers/source.js";
import { html, say } from "./dom.js";
import * as field from "./kit/fields.js";
import { button } from "./kit/inputs.js";
import { columns, makeKey, panel, symbols, widthOf } from "./kit/panels.js";
import * as shared from "./kit/plane_fields.js";
import { makeTable } from "./kit/table.js";
import { makeTransport } from "./kit/transport.js";
import { widget } from "./kit/widget.js";
import { makePlot } from "./nuts_lab/plot.js";
import { chainWords, summary, tell } from "./nuts_lab/summary.js";
import { makeTree } from "./nuts_lab/tree.js";

const fields = {
  target: shared.target,
  group_sizes: shared.groupSizes,
  mu_prior: shared.muPrior,
  tau_prior: shared.tauPrior,
  step_size: shared.stepSize,
  max_depth: field.number({ label: "Doublings at most", min: 1, max: MAX_DEPTH, step: 1 }),
  mass_1: shared.mass1,
  mass_2: shared.mass2,
  seed: field.seed({ again: "Other draws" }),
};

const RULE =
  "Within a half each point is drawn by its share of the weight; between the halves the draw " +
  "prefers the new one.";

function build({ repaint, signal }) {
  let shown = null;
  let chain = null; // the draws so far
  let walk = null; // the path under way: {path, all (what its doublings told), first, stated}
  const plot = makePlot();
  const tree = makeTree();
  const said = html("p");
  const tally = html("p");
  const left = panel("The path over the target", plot.node);
  const right = panel("Its tree, in order of time", tree.node, said, tally, html("p", {}, RULE));
  const table = makeTable({ onOpen: () => shown && paintTable(), signal });
  const key = makeKey([
    [[symbols.ring("ink")], "first point"],
    [[symbols.dot("partial")], "points that may be drawn"],
    [[symbols.ring("refuse")], "points thrown away"],
    [[symbols.diamond("between")], "the draw so far"],
    [[symbols.line("accept")], "subtree that goes on"],
    [[symbols.line("refuse", "5 4"), symbols.saltire("refuse")], "subtree that turned back"],
    [[symbols.triangle("refuse")], "diverged"],
    [[symbols.speck()], "draws kept; lines hold 50%, 90%, 99%"],
  ]);
  const transport = makeTransport({
    step, paint: repaint, again, signal,
    most: () => 1 + Math.floor((chain?.count ?? 0) / 50),
    labels: { step: "Double, or push anew" },
  });
  const whole = button("To the next draw", () => {
    transport.stop();
    wholeDraw();
    repaint();
  }, signal);
  transport.node.insertBefore(whole, transport.node.children[1]);

  function begin() {
    const { state, result } = shown;
    const own = source(generator(state.seed, 1));
    const kernel = kernelOf(result.plane, state);
    chain = {
      own, kernel, state: kernel.init(result.first.q),
      draws: [], diverged: [], count: 0, gradients: 0, divergences: 0,
    };
    push(result.first.p);
  }

  function push(p) {
    const path = chain.kernel.path(chain.own, chain.state, p);
    walk = { path, all: [], first: path.first };
  }

  function again() {
    [chain, walk] = [null, null];
  }

  // One doubling; or, when the path is done, its draw is kept and gets a new push.
  function step() {
    if (!chain || chain.count >= plane.MAX_DRAWS) return false;
    if (!walk.path.done) walk.all.push(walk.path.double());
    else keep();
    return true;
  }

  function keep() {
    const { state, info } = chain.kernel.finish(walk.path);
    chain.state = state;
    chain.draws.push(state.q);
    chain.count += 1;
    chain.gradients += info.nGrad;
    chain.divergences += Number(info.diverging);
    if (info.diverging) chain.diverged.push(walk.path.first.q);
    push();
  }

  function wholeDraw() {
    if (!chain) return;
    if (walk.path.done) step();
    while (!walk.path.done && step() !== false);
  }

  function followed() {
    transport.stop();
    again();
  }

  // The stretch whose ends were checked last: of the whole path, or where it turned back.
  const judgedIn = ({ all }) => all.at(-1)?.joins.at(-1) ?? null;

  function paint(next) {
    shown = next;
    if (!chain) begin();
    const { path, all, first } = walk;
    walk.stated ??= forwards(shown.result.plane, shown.state, first.q, first.p);
    shown.live = { chain, path, all, first, stated: walk.stated };
    const family = familyOf(path, all);
    plot.paint(shown, { path, judged: judgedIn(walk) }, family, chain, widthOf(left));
    tree.paint({ path }, family, widthOf(right));
    say(said, all.length
      ? tell(all.at(-1), path.done)
      : "The first point has its push. The first doubling goes one step on or back in time, at random.");
    say(tally, chainWords(chain));
    paintTable(family);
  }

  function paintTable(family = familyOf(walk.path, walk.all)) {
    const { names } = shown.result.plane;
    const what = (leaf) =>
      leaf.q === walk.path.tree.drawn.q ? "the draw"
        : leaf.diverged ? "diverged" : leaf.kept ? "may be drawn" : "thrown away";
    table.paint(
      ["time", ...names, "H − H₀", "share of the weight", "doubling", "what became of it"],
      family.leaves.map((leaf) => [
        String(leaf.at).replace("-", "−"), ...leaf.q, leaf.error, leaf.weight,
        leaf.doubling ? String(leaf.doubling) : "first", what(leaf),
      ]),
    );
  }

  return {
    body: [key, transport.node, columns(left, right)],
    sized: [left, right],
    table: table.node,
    paint,
    followed,
    running: transport.running,
  };
}

export const spec = {
  name: "NutsLab",
  label: "Laboratory of the No-U-Turn Sampler",
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
