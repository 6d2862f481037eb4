"""The directive ``dataset-catalogue``: a section for every data set, from the library's notes."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from hbmlib import datasets


class Catalogue(SphinxDirective):
    """Describe every data set of ``hbmlib.datasets``."""

    def run(self) -> list[nodes.Node]:
        """Write the sections, in the order of ``datasets.names()``."""
        return [self._section(datasets.describe(name)) for name in datasets.names()]

    def _section(self, note: datasets.Note) -> nodes.section:
        label = f"data-{note.name.replace('_', '-')}"
        section = nodes.section(ids=[label], names=[label])
        section += nodes.title("", note.title)
        call = nodes.literal("", f'datasets.load("{note.name}")')
        size = f" returns {note.rows:,} rows.".replace(",", "\N{NARROW NO-BREAK SPACE}")
        section += nodes.paragraph("", "", call, nodes.Text(size))
        section += _table(note.columns)
        if note.faults:
            section += nodes.paragraph("", "", nodes.strong("", "What to know before using it"))
            items = [nodes.list_item("", nodes.paragraph("", fault)) for fault in note.faults]
            section += nodes.bullet_list("", *items)
        for head in ("Source", "Reference", "Licence"):
            text = nodes.Text(f" {getattr(note, head.lower())}")
            section += nodes.paragraph("", "", nodes.strong("", f"{head}."), text)
        self.state.document.note_explicit_target(section, section)
        return section


def _table(columns: dict[str, str]) -> nodes.table:
    head = _row([nodes.Text("column")], [nodes.Text("holds")])
    rows = [_row([nodes.literal("", name)], [nodes.Text(line)]) for name, line in columns.items()]
    group = nodes.tgroup("", cols=2)
    group += [nodes.colspec(colwidth=20), nodes.colspec(colwidth=80)]
    group += [nodes.thead("", head), nodes.tbody("", *rows)]
    return nodes.table("", group)


def _row(*cells: list[nodes.Node]) -> nodes.row:
    return nodes.row(
        "", *(nodes.entry("", nodes.paragraph("", "", *content)) for content in cells)
    )


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("dataset-catalogue", Catalogue)
