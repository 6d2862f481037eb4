"""What only the labs on a plane do: paths with known answers, and a page whose chain has moved."""

import numpy as np
import pytest

from hbmlib.kernels import HMC, NUTS
from hbmlib.widgets import HamiltonianLab, NutsLab
from tests.widgets.pages import lines, settle, stated
from tests.widgets.registry import HAMILTONIAN
from tests.widgets.registry import NUTS as NUTS_CASE
from tests.widgets.test_parity import close, printed


@pytest.mark.parametrize(("step_size", "diverging"), [(1.99, False), (2.05, True)])
def test_leapfrog_on_a_normal_is_stable_below_two(step_size, diverging):
    lab = HamiltonianLab(target="normal", step_size=step_size, n_steps=200)
    assert lab.path.diverging == diverging
    assert NutsLab(target="normal", step_size=9).forwards.diverging


def test_error_of_the_energy_falls_with_the_square_of_the_step():
    errors = [
        abs(HamiltonianLab(target="normal", step_size=step, n_steps=n).path.errors).max()
        for step, n in [(0.2, 20), (0.1, 40), (0.05, 80)]
    ]
    np.testing.assert_allclose(np.divide(errors[:-1], errors[1:]), 4, rtol=0.05)


@pytest.mark.parametrize("kind", [HamiltonianLab, NutsLab])
@pytest.mark.parametrize("target", ["normal", "correlated", "schools"])
def test_stated_numbers_are_what_the_librarys_sampler_reaches(kind, target):
    lab = kind(target=target)
    plane = lab.plane
    options = {"inverse_mass": lab.inverse_mass}
    kernel = (
        HMC(plane.target, step_size=0.3, n_steps=15, **options)
        if kind is HamiltonianLab
        else NUTS(plane.target, step_size=0.3, **options)
    )
    rng = np.random.default_rng(8)
    state = kernel.init(np.tile(plane.start, (100, 1)))
    draws = []
    for step in range(220):
        state, _ = kernel.step(rng, state)
        if step >= 20:
            draws.append(kernel.constrain(state.q))
    found = np.array(draws)
    if target == "schools":
        below = (found[..., 1] <= lab.plane.stated["tau"][1]).mean(axis=0)
        assert abs(below.mean() - 0.5) < 6 * below.std() / 10
    else:
        means = found.mean(axis=0)
        assert (abs(means.mean(axis=0)) < 6 * means.std(axis=0) / 10).all()
        np.testing.assert_allclose(found.std(axis=(0, 1)), 1, rtol=0.05)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("case", "move"), [(HAMILTONIAN, "One path"), (NUTS_CASE, "To the next draw")]
)
@pytest.mark.parametrize("name", ["plain", "funnel"])
def test_python_follows_the_chain(open_case, case, move, name):
    page = open_case(case, name)
    start = stated(page)
    for _ in range(3):
        page.get_by_role("button", name=move).click()
        settle(page)
    # NutsLab shows the end of a path until the next push.
    if case is NUTS_CASE:
        page.get_by_role("button", name="Double, or").click()
        settle(page)
    after = stated(page)
    assert after["exact"] == start["exact"]
    assert after["position"] != start["position"]
    assert printed(lines(page)) == close(after, 1e-6)
    page.get_by_role("button", name="Start again").click()
    settle(page)
    assert stated(page) == start


@pytest.mark.browser
def test_tree_tells_how_it_ended(open_case):
    page = open_case(NUTS_CASE, "diverging")
    page.get_by_role("button", name="To the next draw").click()
    settle(page)
    panel = page.locator(".hbm-panel").nth(1)
    assert "diverged" in panel.inner_text()
    page = open_case(NUTS_CASE)
    page.get_by_role("button", name="To the next draw").click()
    settle(page)
    assert "turned back" in page.locator(".hbm-panel").nth(1).inner_text()
    assert page.get_by_role("img", name="The tree of").is_visible()
