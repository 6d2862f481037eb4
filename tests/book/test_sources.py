"""How a chapter is written."""

import ast
import re
import statistics

import pytest

from .conftest import ROOT, Source, chapters, sources

BANNED = {
    "np.random.seed": "a global seed",
    "filterwarnings": "a warnings filter",
    "simplefilter": "a warnings filter",
    "sys.path": "a changed import path",
    "urlopen": "a download",
    "read_csv(": "a file read past hbmlib.datasets",
    "time.time": "the clock",
    "datetime": "the clock",
    "!pip": "an installation",
    "%pip": "an installation",
}
#: American forms, with the British ones that this book uses.
AMERICAN = {
    r"analyz(?:e[ds]?|ing)": "analys-",
    r"artifacts?": "artefact",
    r"behaviors?": "behaviour",
    r"canceled|canceling": "cancelled",
    r"catalogs?": "catalogue",
    r"centers?|centered|centering": "centre",
    r"colors?|colored|coloring": "colour",
    r"defense": "defence",
    r"favor(?:s|ed|ing|able|ably|ite)?": "favour",
    r"fulfills?": "fulfil",
    r"gr[a]y": "grey",
    r"hono[r](?:s|ed|ing)?": "honour",
    r"labele[dr]|labeling": "labelled",
    r"labor": "labour",
    r"model(?:ed|ing|er)": "modelled",
    r"neighbors?|neighboring": "neighbour",
    r"rigo[r]ou?s?ly_": "rigour",
    r"signaling": "signalling",
    r"skeptic\w*": "sceptic",
    r"toward": "towards",
    r"traveled|traveling": "travelled",
    r"(?:categor|character|emphas|general|initial|marginal|maxim|minim|normal|optim|organ"
    r"|parametr|parameter|real|recogn|regular|standard|summar|symbol|util|visual|vector)"
    r"iz(?:e[ds]?|ing|ation)": "-ise",
}
_AMERICAN = re.compile(r"\b(?:" + "|".join(AMERICAN) + r")\b", re.I)


def prose(text: str) -> str:
    """Return the text of a page without front matter, code, roles, formulas and addresses."""
    for pattern in (
        r"\A---\n.*?^---\n",
        r"^```\{(?:code-cell|code-block|literalinclude|eval-rst|bibliography).*?^```",
        r"^```[a-z]*\n.*?^```",
        r"^:[\w-]+:.*?$",
        r"\$\$.*?\$\$|\$[^$]*\$",
        r"\{[\w:+-]+\}`[^`]*`",
        r"`[^`]*`",
        r"\]\([^)]*\)",
        r"https?://\S+",
        r"\*[^*\n]+\*(?=[^\n]*\{cite)",
    ):
        text = re.sub(pattern, " ", text, flags=re.M | re.S)
    return text


def american(text: str) -> list[str]:
    return [match[0] for match in _AMERICAN.finditer(text)]


def docstrings() -> dict[str, str]:
    found = {}
    for path in sorted((ROOT / "hbmlib").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node) or ""
                name = getattr(node, "name", "module")
                text = text.split("\nReferences\n")[0]  # titles keep their own spelling
                kept = re.sub(
                    r"^\s*(?:>>>|\.\.\.).*$|`[^`]*`|^\w+ : .*$|[\w-]*color-[\w-]+",
                    "",
                    text,
                    flags=re.M,
                )
                found[f"{path.relative_to(ROOT)}: {name}"] = kept
    return found


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.path.stem)
def test_pages_are_spelt_the_british_way(source):
    assert not american(prose(source.text))


def test_the_library_is_spelt_the_british_way():
    faults = {name: american(text) for name, text in docstrings().items()}
    assert not {name: found for name, found in faults.items() if found}


def test_the_spelling_check_notices_american_forms():
    text = "We analyze the Modeling of neighbors; color `color` $color$ matters."
    assert american(prose(text)) == ["analyze", "Modeling", "neighbors", "color"]
    assert not american("We analyse the centre of a grey cloud, towards a generalisation.")


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.path.stem)
def test_cells_do_nothing_that_a_reader_could_not_repeat(source):
    for cell in source.cells:
        faults = [why for text, why in BANNED.items() if text in cell.code]
        assert not faults, cell.code


@pytest.mark.parametrize("source", chapters(), ids=lambda source: source.path.stem)
def test_cells_are_short(source):
    visible = [cell for cell in source.cells if cell.visible]
    assert visible[0].lines <= 8, visible[0].code
    assert re.search(r"^SEED = \d+$", visible[0].code, re.M), "the set-up cell names one SEED"
    for cell in visible:
        assert cell.lines <= 25, cell.code
    assert statistics.median(cell.lines for cell in visible) <= 6


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.path.stem)
def test_figures_in_the_source_have_caption_and_alternative(source: Source):
    for cell in source.cells:
        figure = cell.options.get("mystnb", {}).get("figure")
        if figure is not None:
            assert figure.get("name", "").startswith("fig-"), cell.options
            assert figure.get("caption"), cell.options
            assert cell.options["mystnb"].get("image", {}).get("alt"), cell.options


@pytest.mark.parametrize("source", chapters(), ids=lambda source: source.path.stem)
def test_chapters_have_their_parts_in_order(source):
    headings = re.findall(r"^## (.+)$", source.text, re.M)
    wanted = ["In short", "Exercises", "Further reading"]
    assert [heading for heading in headings if heading in wanted] == wanted
    assert source.text.count("```{exercise-start}") >= 5
    checked = sum("check(" in cell.code for cell in source.cells)
    assert checked >= 3


def test_no_output_is_committed():
    assert not list((ROOT / "chapters").rglob("*.ipynb"))
