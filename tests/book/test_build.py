"""The build itself, on a book of two pages: numbers guarded, library noticed, faults reported."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import ROOT

HEADER = (
    "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n"
    "kernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n---\n\n"
)
PAGE = HEADER + (
    "# A page\n\nThe answer is {glue:text}`answer`.\n\n"
    "```{code-cell} ipython3\n"
    "from hbmlib.answer import ANSWER\n"
    "from hbmlib.prose import show_number\n\n"
    'show_number("answer", ANSWER, 1)\n```\n'
)


class Book:
    """A small book with the real site folder and a library of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("site", "hbmlib"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, root / name, ignore=ignored)
        for name in ("_config.yml", "requirements.lock"):
            shutil.copy(ROOT / name, root / name)
        self.write("hbmlib/answer.py", "ANSWER = 42.04\n")
        self.write("_toc.yml", "format: jb-book\nroot: chapters/index\n"
                   "parts:\n- caption: One\n  chapters:\n  - file: chapters/01-a\n")  # fmt: skip
        self.write("chapters/index.md", "# Book\n\nA book of two pages.\n")
        self.write("chapters/01-a.md", PAGE)
        self.write("chapters/references.bib", "")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def start(self, *options: str, **variables: str) -> subprocess.Popen:
        command = [sys.executable, str(self.root / "site" / "build.py"), *options]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        env = os.environ | {"PYTHONPATH": str(self.root)} | variables
        # A job in the background ignores an interruption, and so would its children.
        return subprocess.Popen(
            command,
            env=env,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            **pipes,
        )

    def build(self, *options: str, **variables: str) -> subprocess.CompletedProcess:
        with self.start(*options, **variables) as process:
            output, errors = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    @property
    def shows_its_answer(self) -> bool:
        """Whether the page shows the number that the library computes now."""
        answer = float((self.root / "hbmlib/answer.py").read_text().split("=")[1])
        return f"{answer:.1f}</span>" in self.page

    @property
    def page(self) -> str:
        return (self.root / "_build/html/chapters/01-a.html").read_text(encoding="utf-8")

    @property
    def caches(self) -> list[Path]:
        return list((self.root / "_build/.jupyter_cache").iterdir())


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Book:
    """Return a book whose numbers were accepted once."""
    book = Book(tmp_path_factory.mktemp("book"))
    done = book.build("--accept-numbers")
    assert done.returncode == 0, done.stderr
    return book


def test_the_accepted_numbers_are_on_the_page_and_in_the_snapshot(book):
    assert "The answer is" in book.page
    assert book.shows_its_answer
    snapshot = json.loads((book.root / "chapters/numbers/01-a.json").read_text())
    assert snapshot == {"answer": "42.0"}


def test_an_unchanged_book_is_not_built_again(book):
    done = book.build()
    assert done.returncode == 0
    assert "Nothing has changed" in done.stdout


def test_an_edited_library_reaches_the_page_and_the_changed_number_fails(book):
    book.write("hbmlib/answer.py", "ANSWER = 43.04\n")
    done = book.build()
    assert done.returncode != 0
    message = "chapters/01-a: number 'answer' changed from 42.0 to 43.0"
    assert message in done.stderr
    assert "make numbers" in done.stderr
    assert len(book.caches) == 1, "the cache of the former library is removed"
    again = book.build()
    assert again.returncode != 0, "a failure is repeated until someone acts"
    assert message in again.stderr
    accepted = book.build("--accept-numbers")
    assert accepted.returncode == 0, accepted.stderr
    assert book.shows_its_answer


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ('import sys\nprint("noise", file=sys.stderr)', "stderr was found in the cell outputs"),
        ("import warnings\nwarnings.warn('old', DeprecationWarning)", "stderr was found"),
        ("1 / 0", "ZeroDivisionError"),
        ('from hbmlib.prose import claim\nclaim(False, "pigs fly")', "pigs fly"),
    ],
    ids=["stderr", "warning", "exception", "claim"],
)
def test_a_faulty_cell_fails_the_build(book, code, words):
    source = book.root / "chapters/01-a.md"
    before = source.read_text(encoding="utf-8")
    book.write("chapters/01-a.md", f"{before}\n```{{code-cell}} ipython3\n{code}\n```\n")
    snapshot = book.root / "chapters/numbers/01-a.json"
    kept = snapshot.read_text(encoding="utf-8")
    try:
        done = book.build("--accept-numbers")
    finally:
        source.write_text(before, encoding="utf-8")
    assert done.returncode != 0
    assert words in done.stdout + done.stderr
    assert snapshot.read_text(encoding="utf-8") == kept


def test_a_cache_cut_off_half_way_is_made_again(book):
    (book.root / "_build" / "complete.json").unlink(missing_ok=True)
    assert book.build().returncode == 0
    notebooks = list((book.root / "_build/.jupyter_cache").rglob("*.ipynb"))
    assert notebooks
    for notebook in notebooks:
        notebook.write_text(notebook.read_text(encoding="utf-8")[:40], encoding="utf-8")
    (book.root / "_build" / "complete.json").unlink()
    done = book.build()
    assert done.returncode == 0, done.stderr
    assert book.shows_its_answer


EXERCISE = """
```{exercise-start}
:label: ex-1-1
```
What is it?

```{exercise-end}
```

```{solution-start} ex-1-1
:label: sol-1-1
:class: dropdown
```
It is quixotry.

```{code-cell} ipython3
quixotry = 7
```

```{solution-end}
```

## In short

Done.
"""


def test_a_book_for_courses_holds_no_solution_in_any_file(book):
    source = book.root / "chapters/01-a.md"
    before = source.read_text(encoding="utf-8")
    book.write("chapters/01-a.md", before + EXERCISE)
    try:
        whole, whole_page = book.build(), book.page
        cut, cut_page = book.build(SOLUTIONS="0"), book.page
        files = [path for path in (book.root / "_build/html").rglob("*") if path.is_file()]
        leaks = [path for path in files if b"quixotry" in path.read_bytes()]
    finally:
        source.write_text(before, encoding="utf-8")
    assert whole.returncode == 0, whole.stderr
    assert "It is quixotry" in whole_page
    assert cut.returncode == 0, cut.stderr
    assert "What is it?" in cut_page
    assert "In short" in cut_page
    assert not leaks


def ended(group: int, *, within: float) -> bool:
    """Whether every process of a group ends within some seconds."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("seconds", [0.7, 2.5, 4.0])
def test_an_interrupted_build_leaves_nothing_broken(book, seconds):
    shutil.rmtree(book.root / "_build")
    with book.start() as process:
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode != 0
    assert ended(process.pid, within=10)
    done = book.build()
    assert done.returncode == 0, done.stderr
    assert book.shows_its_answer


def test_a_second_build_waits_for_the_first(book):
    (book.root / "_build" / "complete.json").unlink(missing_ok=True)
    with book.start() as first, book.start() as second:
        outputs = [process.communicate()[0] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert sum("waiting for it to end" in output for output in outputs) == 1
    assert sum("Nothing has changed" in output for output in outputs) == 1
