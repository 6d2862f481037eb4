"""Titles, descriptions, buttons, and the files of the built site."""

import os
import re
import shutil
import subprocess
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

# Loaded by no page; the few icons that are used are in hbm.css.
DEAD = (
    "_static/**/*.map",
    "_static/*webpack-macros.html",
    "_static/locales",
    "_static/scripts/fontawesome.js*",
    "_static/vendor/fontawesome",
)
# Its rules in the theme's style sheet, a fifth of the file, some of which fetch its fonts.
AWESOME = re.compile(
    r"@font-face\{[^{}]*Font ?Awesome[^{}]*\}"
    r"|(?:\.fa-[\w-]+(?:::?before)?,?)+\{(?:--fa|content):[^{}]*\}"
)
# Markup of others that is invalid or trips assistive software, and what it should be.
MENDS = (
    (re.compile(r"<th></th>"), "<td></td>"),
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    (re.compile(r' id="(?:exercise|solution|proof)-content"'), ""),
    (re.compile(r'(<div class="proof admonition") id="proof"'), r"\1"),
    (re.compile(r' role="doc-biblioentry"'), ""),
    (re.compile(r'<div role="list" class="citation-list">'), '<div class="citation-list">'),
)
FORGES = ("github", "gitlab", "bitbucket")


def repository_url(root: Path) -> str:
    """Return the address of the public repository, or "" where none is known.

    A CI variable comes first, then git's remote ``origin``, and only an address on a forge
    whose page layout the theme knows is used: better no button than a dead link.
    """
    server, name = (os.environ.get(key, "") for key in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY"))
    address = f"{server}/{name}" if server and name else os.environ.get("CI_PROJECT_URL", "")
    if not address:
        command = ["git", "-C", str(root), "remote", "get-url", "origin"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        address = answer.stdout.strip()
    address = re.sub(r"^(?:ssh://)?git@([^:/]+)[:/]", r"https://\1/", address).removesuffix(".git")
    known = re.fullmatch(r"https?://(?:[^@/]*@)?([^/]+)/[^/]+/.+", address)
    if not known or not any(forge in known[1] for forge in FORGES):
        return ""
    return re.sub(r"//[^@/]*@", "//", address)  # never print a user's name or token


def description(doctree: nodes.document | None) -> str:
    """Return the first paragraph of a page, cut at a word near 160 characters."""
    if doctree is None:
        return ""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            text = " ".join(paragraph.astext().split())
            return text if len(text) <= 160 else text[:160].rsplit(" ", 1)[0] + " …"
    return ""


def setup(app: Sphinx) -> None:
    """Register the handlers."""
    # Jupyter Book passes this setting on to an extension that this book does not load.
    app.add_config_value("comments_config", {}, "html")
    app.connect("config-inited", _configure, priority=400)
    app.connect("html-page-context", _describe, priority=600)
    app.connect("build-finished", _finish)


def _configure(app: Sphinx, config: Config) -> None:
    url = repository_url(Path(app.srcdir))
    options = config.html_theme_options
    for key in ("repository_url", "repository_branch", "path_to_docs"):
        options.pop(key, None)
    if not url:
        return
    options |= {
        "repository_url": url,
        "repository_branch": os.environ.get("GITHUB_REF_NAME", "main"),
        "use_repository_button": True,
        "use_issues_button": True,
        "use_edit_page_button": True,
    }
    if Path(app.srcdir, "binder").is_dir() and "github" in url:
        options["launch_buttons"] = {
            "binderhub_url": "https://mybinder.org",
            "notebook_interface": "jupyterlab",
        }


def _describe(
    app: Sphinx, pagename: str, _: str, context: dict, doctree: nodes.document | None
) -> None:
    for fault, remedy in MENDS if "body" in context else ():
        context["body"] = fault.sub(remedy, context["body"])
    text = description(doctree)
    if text:
        tag = f'<meta name="description" content="{escape(text)}" />'
        context["metatags"] = context.get("metatags", "") + tag


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for pattern in DEAD:
        for path in out.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    style = out / "_static" / "styles" / "pydata-sphinx-theme.css"
    text = style.read_text(encoding="utf-8")
    style.write_text(AWESOME.sub("", text), encoding="utf-8")
    # Opened from files, a page may not read others to quote them in the search results.
    options = out / "_static" / "documentation_options.js"
    shown = "SHOW_SEARCH_SUMMARY: true"
    text = options.read_text(encoding="utf-8")
    options.write_text(text.replace(shown, f'{shown} && location.protocol !== "file:"'), "utf-8")
    first = f"{app.config.root_doc}.html"
    (out / "index.html").write_text(
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
        f"<title>{escape(app.config.html_title)}</title>"
        f'<meta http-equiv="refresh" content="0; url={first}"></head>'
        f'<body><main><h1><a href="{first}">{escape(app.config.html_title)}</a></h1></main>'
        "</body></html>\n",
        encoding="utf-8",
    )
