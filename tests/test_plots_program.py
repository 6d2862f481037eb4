"""The graph of a PyMC model: every arrow of the model, and nothing drawn over anything."""

import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch

from hbmlib import plots, pymc_models, simulate
from hbmlib.models import EightSchools, VaryingRegression, summarise_lines
from hbmlib.plots import _program

pytestmark = pytest.mark.filterwarnings("ignore:.*BLAS.*:UserWarning")

SCHOOLS = ([28, 8, -3], [15, 10, 16])


def students():
    import pymc as pm

    with pm.Model(coords={"school": ["A", "B"]}) as written:
        mu, tau = pm.Normal("mu", 0, 1), pm.HalfNormal("tau", 1)
        sigma = pm.HalfNormal("sigma", 1)
        theta = pm.Normal("theta", mu, tau, dims="school")
        pm.Normal("y", theta[np.array([0, 0, 1])], sigma, observed=[1.0, 2.0, 3.0])
    return written


def alone():
    import pymc as pm

    with pm.Model() as written:
        pm.Normal("x", 0, 1)
    return written


def regression():
    data = simulate.bolstad_individuals(1, individuals=4, observations=3)
    return pymc_models.varying_regression(VaryingRegression(summarise_lines(data.x, data.y)))


MODELS = {
    "centred": lambda: pymc_models.eight_schools(EightSchools(*SCHOOLS)),
    "non-centred": lambda: pymc_models.eight_schools(EightSchools(*SCHOOLS, centred=False)),
    "students": students,
    "regression": regression,
    "one": alone,
}


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]()


def boxes(figure):
    """Give each box by name as (left, bottom, right, top)."""
    ax = figure.axes[0]
    shapes = [p for p in ax.patches if isinstance(p, FancyBboxPatch) and p.get_zorder() == 3]
    names = [t.get_text() for t in ax.texts if t.get_zorder() == 4]
    return {
        name: (p.get_x(), p.get_y(), p.get_x() + p.get_width(), p.get_y() + p.get_height())
        for name, p in zip(names, shapes, strict=True)
    }


def test_every_quantity_has_a_box_and_every_dependence_an_arrow(model):
    from pymc.model_graph import ModelGraph

    figure, edges = plots.program_graph(model), ModelGraph(model).edges()
    wanted = {v.name for v in (*model.free_RVs, *model.observed_RVs, *model.deterministics)}
    assert set(boxes(figure)) == wanted
    arrows = [t for t in figure.axes[0].texts if getattr(t, "arrow_patch", None) is not None]
    assert len(arrows) == len(edges)


def test_boxes_stay_apart_and_arrows_point_down(model):
    from pymc.model_graph import ModelGraph

    found = boxes(plots.program_graph(model))
    places = list(found.values())
    for k, (left, bottom, right, top) in enumerate(places):
        for other in places[:k]:
            assert right < other[0] or other[2] < left or top < other[1] or other[3] < bottom
    for child, parent in ModelGraph(model).edges():
        assert found[parent][1] > found[child][3]


def test_frames_hold_what_they_repeat_and_nothing_else(model):
    figure = plots.program_graph(model)
    parents, _, plates = _program._read(model)
    frames = [p for p in figure.axes[0].patches if not p.get_fill()]
    assert len(frames) == len(plates)
    for frame, names in zip(frames, plates.values(), strict=True):
        right, top = frame.get_x() + frame.get_width(), frame.get_y() + frame.get_height()
        held = {
            name
            for name, box in boxes(figure).items()
            if box[0] < right
            and box[2] > frame.get_x()
            and box[1] < top
            and box[3] > frame.get_y()
        }
        assert held == set(names) <= set(parents)


def test_words_say_what_depends_on_what():
    words = plots.alt_text(plots.program_graph(MODELS["non-centred"]()))
    assert "theta on mu, tau and z" in words
    assert "effect on theta" in words


@pytest.mark.parametrize("wrong", [None, "groups", 3])
def test_other_things_are_refused(wrong):
    with pytest.raises(ValueError, match="must be a PyMC model"):
        plots.program_graph(wrong)


def test_an_empty_model_is_refused():
    import pymc as pm

    with pytest.raises(ValueError, match="at least one quantity"):
        plots.program_graph(pm.Model())
