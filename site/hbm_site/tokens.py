"""Design tokens as CSS custom properties: ``--hbm-own``, ``--hbm-font-text`` and so on."""

import json
from pathlib import Path

from sphinx.application import Sphinx

FILENAME = "hbm-tokens.css"


def stylesheet(tokens: dict[str, dict[str, str]]) -> str:
    """Write the tokens as CSS.

    The theme sets ``data-theme`` to light or dark; without JavaScript it stays on auto and the
    operating system decides.
    """

    def rule(selector: str, values: dict[str, str], scheme: str) -> str:
        lines = [f"  --hbm-{name}: {value};" for name, value in values.items()]
        return "\n".join([f"{selector} {{", f"  color-scheme: {scheme};", *lines, "}"])

    fonts = {f"font-{name}": stack for name, stack in tokens["font"].items()}
    dark = rule('html[data-theme="auto"]', tokens["dark"], "dark")
    return "\n".join(
        [
            rule("html", tokens["light"] | fonts, "light"),
            rule('html[data-theme="dark"]', tokens["dark"], "dark"),
            f"@media (prefers-color-scheme: dark) {{\n{dark}\n}}",
            f"@media print {{\n{rule('html[data-theme]', tokens['light'], 'light')}\n}}",
            "",
        ]
    )


def setup(app: Sphinx) -> None:
    """Write the style sheet where Sphinx copies static files from."""
    app.connect("builder-inited", _write)


def _write(app: Sphinx) -> None:
    source = Path(app.srcdir, "hbmlib", "style", "tokens.json")
    folder = Path(app.outdir).parent / "generated"
    folder.mkdir(parents=True, exist_ok=True)
    text = stylesheet(json.loads(source.read_text(encoding="utf-8")))
    (folder / FILENAME).write_text(text, encoding="utf-8")
    app.config.html_static_path.append(str(folder))
    app.add_css_file(FILENAME, priority=800)
    app.add_css_file("hbm.css", priority=810)
