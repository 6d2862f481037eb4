"""What only GibbsLab does: its starts, the draws it shows one by one, and what it foretells."""

import json

import numpy as np
import pytest

from hbmlib import pooling
from hbmlib.widgets import GibbsLab
from tests.node import run_module
from tests.widgets.pages import settle, stated
from tests.widgets.registry import GIBBS

STARTS = """
import { check, compute } from "./engine/gibbs_lab.js";
const [state, given] = SENT;
const { starts, model } = compute(check(state, given), given, {});
console.log(JSON.stringify(starts.map((q) => [...model.constrain(q)])));
"""
WATCHED = """
import { check, compute, drawn, valuesOf, watchedGibbs } from "./engine/gibbs_lab.js";
import { gibbs } from "./engine/samplers/gibbs.js";
import { generator } from "./engine/random.js";
import { source } from "./engine/samplers/source.js";
const [state, given] = SENT;
const { starts, model } = compute(check(state, given), given, {});
const { kernel, log } = watchedGibbs(model, state.scan);
const plain = gibbs(model, { scan: state.scan });
const [own, other] = [0, 1].map(() => source(generator(state.seed, 1)));
let [seen, unseen] = [kernel, plain].map((k) => k.init(starts[0]));
const sweeps = [];
for (let t = 0; t < 20; t++) {
  log.length = 0;
  const before = seen.blocks;
  seen = kernel.step(own, seen).state;
  unseen = plain.step(other, unseen).state;
  sweeps.push({
    names: log.map(({ name }) => name),
    path: [before, ...drawn(log, seen.blocks).map(({ after }) => after)].map(valuesOf),
    unseen: [...unseen.q],
  });
}
console.log(JSON.stringify(sweeps));
"""


def run(lines, lab):
    sent = [{name: getattr(lab, name) for name in lab.STATE}, lab.given]
    return json.loads(run_module(lines.replace("SENT", json.dumps(sent))))


@pytest.mark.parametrize("name", GIBBS.states)
def test_page_starts_its_chains_where_the_library_does(name):
    lab = GIBBS.make(name)
    np.testing.assert_allclose(run(STARTS, lab), lab.starts, rtol=1e-6)


@pytest.mark.parametrize("scan", ["systematic", "random"])
def test_a_sweep_is_shown_as_it_was_drawn(scan):
    columns = {"mu": {0}, "tau": {1}, "sigma": {2}, "theta": set(range(3, 13))}
    picks = set()
    for sweep in run(WATCHED, GibbsLab(scan=scan)):
        path = np.array(sweep["path"])
        np.testing.assert_array_equal(path[-1], sweep["unseen"])
        for name, before, after in zip(sweep["names"], path[:-1], path[1:], strict=True):
            assert set(np.flatnonzero(before != after)) == columns[name]
        picks.add(tuple(sweep["names"]))
    assert (len(picks) == 1) == (scan == "systematic")


def test_what_a_sweep_leaves_is_one_minus_the_mean_weight():
    lab = GibbsLab(group_sizes=[3, 0, 30, 8])
    draws = lab.posterior.draw(20_000, 1)
    weights = [
        pooling.shrinkage_weight(lab.groups.n, tau, sigma)
        for tau, sigma in zip(draws["tau"], draws["sigma"], strict=True)
    ]
    assert lab.values["kept"] == pytest.approx(1 - np.mean(weights), abs=0.005)


def test_one_draw_moves_one_block(open_case):
    page = open_case(GIBBS)
    page.get_by_role("button", name="One draw").click()
    settle(page)
    start, now = GibbsLab().values["position"], stated(page)["position"]
    assert now[:3] == pytest.approx(start[:3])
    assert all(a != pytest.approx(b) for a, b in zip(start[3:], now[3:], strict=True))
    page.get_by_role("button", name="One draw").click()
    settle(page)
    after = stated(page)["position"]
    assert after[0] != now[0]
    assert after[1:] == now[1:]


def test_few_students_are_a_button_away(open_case):
    page = open_case(GIBBS)
    page.get_by_role("button", name="2 students each").click()
    settle(page)
    expected = GibbsLab(group_sizes=[2] * 10).values["kept"]
    assert stated(page)["kept"] == pytest.approx(expected, rel=1e-6)
