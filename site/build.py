"""Build the book: ``python site/build.py [--accept-numbers]`` from anywhere.

With SOLUTIONS=0 in the environment the pages hold no solutions, in no file at all.
"""

import argparse
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hbm_site.inputs import ACCEPT, SOLUTIONS, content_hash

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
STAMP = BUILD / "complete.json"
MACHINERY = (
    "hbmlib",
    "site",
    "requirements.lock",
    "benchmarks/certificates",
    "benchmarks/results.json",
    "_config.yml",
    "_toc.yml",
)
KERNEL = {"IPKernelApp": {"log_level": 40}, "InteractiveShell": {"colors": "nocolor"}}


def environment(accept_numbers: bool) -> dict[str, str]:
    """Return an environment in which only this folder decides what is built."""
    env = os.environ | {
        "IPYTHONDIR": str(BUILD / ".ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel of this environment, not one of the user's
        "MPLCONFIGDIR": str(BUILD / ".matplotlib"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    env.pop("HBM_COURSE_SECRET", None)  # the printed numbers are those of the public data
    if accept_numbers:
        env[ACCEPT] = "1"
    return env


def state() -> dict[str, str]:
    """Hash what the built pages depend on, and name what the environment decides."""
    variables = ("GITHUB_REPOSITORY", "CI_PROJECT_URL", SOLUTIONS)
    return {
        "machinery": content_hash(ROOT, MACHINERY),
        "pages": content_hash(ROOT, ("chapters",)),
        **{key: os.environ.get(key, "") for key in variables},
    }


def last_complete() -> dict[str, str]:
    """Return the state of the last build that ended well; empty when it did not."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other build runs in this folder; the system lifts the lock at our end."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another build is running here; waiting for it to end.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Build, unless nothing has changed since a build that ended well."""
    parser = argparse.ArgumentParser(description="Build the book into _build/html.")
    parser.add_argument(
        "--accept-numbers",
        action="store_true",
        help="write the numbers of the prose into chapters/numbers as they are now",
    )
    accept = parser.parse_args().accept_numbers
    try:
        with alone():
            return build(accept)
    except KeyboardInterrupt:
        print("Interrupted. Nothing is broken: the next build starts its pages afresh.")
        return 130


def build(accept: bool) -> int:
    """Build the pages that need it, and remember it only if the build ended well."""
    before, now = last_complete(), state()
    page = BUILD / "html" / "index.html"
    if before == now and page.exists() and not accept:
        print(f"Nothing has changed since the last build. Open {page}, or run make serve.")
        return 0
    STAMP.unlink(missing_ok=True)
    if before | {"pages": ""} != now | {"pages": ""}:
        # Sphinx repeats no warning for a page it does not read again, so after a failed or
        # interrupted build, or a change beneath the pages, it reads them all. The cache of
        # executed notebooks stays.
        for name in ("html", ".doctrees", "jupyter_execute"):
            shutil.rmtree(BUILD / name, ignore_errors=True)
    env = environment(accept)
    kernel = BUILD / ".ipython" / "profile_default" / "ipython_kernel_config.json"
    kernel.parent.mkdir(parents=True, exist_ok=True)
    kernel.write_text(json.dumps(KERNEL), encoding="utf-8")
    if not (BUILD / ".matplotlib").exists():
        # Building its font list inside a notebook would print a notice, and a notice is an error.
        subprocess.run(
            [sys.executable, "-c", "import matplotlib.font_manager"], env=env, check=True
        )
    program = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", program, "build", str(ROOT)]
    command += ["--path-output", str(ROOT), "-W", "--keep-going", "-q"]
    process = subprocess.Popen(command, env=env, cwd=ROOT)
    try:
        status = process.wait()
    except KeyboardInterrupt:
        process.wait()  # it was interrupted too, and tidies up
        raise
    if status:
        print("The book was not built: see the messages above.", file=sys.stderr)
        return status
    STAMP.write_text(json.dumps(state() if accept else now, indent=2) + "\n", encoding="utf-8")
    print(f"Open {page}, or run make serve.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
