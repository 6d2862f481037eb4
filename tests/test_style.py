"""The tokens' contrast and distinctness, and SVG that follows the reader's theme."""

import re
from itertools import combinations

import numpy as np
import pytest

from hbmlib import style

THEMES = ("light", "dark")
GROUNDS = ("surface", "raised")
TEXT = ("own", "partial", "complete", "truth", "within", "between", "accept", "refuse",
        "ink", "muted", "link")  # fmt: skip
GRAPHIC = (*TEXT, "focus")
MARKS = ("own", "partial", "complete", "truth", "within", "between")

# G. M. Machado, M. M. Oliveira and L. A. F. Fernandes (2009), IEEE Transactions on Visualization
# and Computer Graphics 15, 1291-1298: severity 1, applied to linear RGB.
VISION = {
    "typical": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
# M. Stone, D. Albers Szafir and V. Setlur (2014), Color and Imaging Conference, 253-258: two
# colours of a mark of s degrees are told apart by half of all readers when they differ in L*, a*
# or b* by p (A + B / s) with p = 1/2. The smallest mark they tried, a third of a degree, is about
# the height of a label.
NOTICEABLE = 0.5 * np.array([10.16 + 1.50 * 3, 10.68 + 3.08 * 3, 10.70 + 5.74 * 3])
SRGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour):
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """Contrast ratio of WCAG 2.2."""
    dark, light = sorted(float(SRGB_TO_XYZ[1] @ linear(c)) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(colour, vision):
    rgb = np.clip(VISION[vision] @ linear(colour), 0, 1)
    ratio = SRGB_TO_XYZ @ rgb / SRGB_TO_XYZ.sum(axis=1)
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distinctness(theme, one, other, vision):
    colours = style.colours(theme)
    difference = lab(colours[one], vision) - lab(colours[other], vision)
    return float(np.max(np.abs(difference) / NOTICEABLE))


def test_measures_agree_with_known_values():
    assert contrast("#000000", "#ffffff") == pytest.approx(21, abs=1e-5)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    np.testing.assert_allclose(lab("#ff0000", "typical"), [53.24, 80.09, 67.20], atol=0.02)
    np.testing.assert_allclose([m.sum(axis=1) for m in VISION.values()], 1, atol=2e-6)


def test_themes_name_the_same_roles():
    assert list(style.colours("light")) == list(style.colours("dark"))
    assert set(GRAPHIC) <= set(style.colours())
    for theme in THEMES:
        assert all(re.fullmatch("#[0-9a-f]{6}", c) for c in style.colours(theme).values())


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize(("roles", "least"), [(TEXT, 4.5), (GRAPHIC, 3.0)])
def test_contrast_is_aa(theme, ground, roles, least):
    colours = style.colours(theme)
    ratios = {role: contrast(colours[role], colours[ground]) for role in roles}
    assert {role: ratio for role, ratio in ratios.items() if ratio < least} == {}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISION)
def test_marks_are_told_apart_by_colour(theme, vision):
    alike = {pair for pair in combinations(MARKS, 2) if distinctness(theme, *pair, vision) < 1}
    assert alike == set()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("pair", [("own", "partial"), ("own", "complete"), ("own", "truth"),
                                  ("partial", "complete"), ("accept", "refuse")])  # fmt: skip
def test_the_three_estimates_are_clearly_apart(theme, vision, pair):
    assert distinctness(theme, *pair, vision) > 2


def test_theme_aware_swaps_every_colour_once():
    colours = style.colours("light")
    body = "".join(f'<path style="fill: {c}; stroke: {c}"/>' for c in colours.values())
    svg = style.theme_aware(f"<svg>{body}</svg>")
    rules = re.findall(r'\[style\*="(fill|stroke): (#\w+)"\] \{ \1: (#\w+) !important \}', svg)
    assert len(rules) == 2 * len(set(colours.values()))
    dark = style.colours("dark")
    for _, before, after in rules:
        assert after in {dark[role] for role, colour in colours.items() if colour == before}
    assert svg.endswith(f"{body}</svg>")


def test_theme_aware_leaves_unused_colours_out():
    assert "[style" not in style.theme_aware('<?xml version="1.0"?><svg width="1"></svg>')


@pytest.mark.parametrize("svg", ["", "<html></html>"])
def test_theme_aware_refuses_what_is_no_svg(svg):
    with pytest.raises(ValueError, match="`svg` must be an SVG document; got "):
        style.theme_aware(svg)


@pytest.mark.parametrize("theme", ["Dark", "auto", None, 1])
def test_unknown_theme(theme):
    with pytest.raises(ValueError, match="`theme` must be one of 'light', 'dark'; got "):
        style.colours(theme)


def test_fonts_are_there_with_their_licence():
    assert [file.stem for file in style.FONT_FILES] == [
        "SourceSans3-Regular",
        "SourceSans3-Semibold",
    ]
    licence = style.FONT_FILES[0].with_name("LICENSE").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in licence
