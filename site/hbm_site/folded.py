"""Boxes with the class ``dropdown`` become ``details``: they fold without a script, and print."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import admonitionlabels
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxTranslator


class folded(nodes.Element):  # noqa: N801, docutils names its nodes so
    """A folded box."""


class folded_title(nodes.TextElement):  # noqa: N801
    """The line of a folded box that stays in view."""


class Fold(SphinxPostTransform):
    """Replace boxes to be folded, after every extension has resolved their titles."""

    default_priority = 900

    def run(self, **_: object) -> None:
        """Replace them all."""
        boxes = [
            box
            for box in self.document.findall(nodes.Admonition)
            if "dropdown" in box.get("classes", [])
        ]
        for box in boxes:
            children = list(box.children)
            if children and isinstance(children[0], nodes.title):
                title = folded_title("", "", *children.pop(0).children)
            else:
                label = str(admonitionlabels.get(box.tagname, box.tagname.title()))
                title = folded_title("", label)
            kind = box.tagname if box.tagname in admonitionlabels else ""
            classes = [name for name in ["admonition", kind, *box["classes"]] if name]
            box.replace_self(folded("", title, *children, ids=box["ids"], classes=classes))


def setup(app: Sphinx) -> None:
    """Register the nodes and the transform."""
    app.add_node(folded, html=(_open_box, _close_box))
    app.add_node(folded_title, html=(_open_title, _close_title))
    app.add_post_transform(Fold)


def _open_box(translator: SphinxTranslator, node: nodes.Element) -> None:
    translator.body.append(translator.starttag(node, "details"))


def _close_box(translator: SphinxTranslator, _: nodes.Element) -> None:
    translator.body.append("</details>\n")


def _open_title(translator: SphinxTranslator, node: nodes.Element) -> None:
    translator.body.append(translator.starttag(node, "summary", "", CLASS="admonition-title"))


def _close_title(translator: SphinxTranslator, _: nodes.Element) -> None:
    translator.body.append("</summary>\n")
