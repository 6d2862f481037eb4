"""Chapters as notebooks: all cells, no number left as a role, a reader's work kept."""

import nbformat
import notebooks  # from site/, which conftest puts on the path
import pytest

from .conftest import chapters


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.path.stem)
def test_notebook_is_valid_and_has_every_cell(chapter):
    made = notebooks.notebook(chapter.path)
    nbformat.validate(made)
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    assert len(code) == len(chapter.cells)
    prose = "".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    assert "glue" not in prose


def test_what_a_reader_changed_is_kept(tmp_path, capsys):
    notebooks.main(tmp_path)
    path = next(tmp_path.glob("01-*.ipynb"))
    path.write_text("mine")
    notebooks.main(tmp_path)
    assert path.read_text() == "mine"
    assert "Kept" in capsys.readouterr().out
